import type { CodeRefusal } from '@latchkey/protocol/codes/code'
import type { SerialRefusal } from '@latchkey/protocol/codes/serial-number'
import { type Said, t } from './texts.ts'

const GROUP = 4
const SERIAL_GROUP = 5
const ORDINALS = ['ordinal.1', 'ordinal.2', 'ordinal.3', 'ordinal.4', 'ordinal.5'] as const

/** What is wrong with a typed code: where to look, never a correction (STP-1, 1). `serial` and `typed` as they were typed. */
export function sayTypingError(refusal: CodeRefusal | SerialRefusal, typed: string, serial: string): Said {
  switch (refusal.error) {
    case 'symbol':
      return { text: 'code-field.symbol', values: { character: Array.from(typed)[refusal.at] ?? '', place: refusal.at + 1 } }
    case 'serial':
      return { text: 'code-field.serial' }
    case 'length':
      return { text: 'code-field.length', values: { length: refusal.length, expected: refusal.expected } }
    case 'profile':
      return { text: 'code-field.profile' }
    case 'typing':
      return saySuspect(refusal.suspect, typed, serial)
  }
}

function saySuspect(suspect: Extract<CodeRefusal, { error: 'typing' }>['suspect'], typed: string, serial: string): Said {
  if (suspect === 'kind') return { text: 'code-field.kind' }
  if (suspect === 'unknown') return { text: 'code-field.unknown' }
  return 'symbol' in suspect
    ? { text: 'code-field.place', values: placeOf(suspect.symbol, GROUP, typed) }
    : { text: 'code-field.serial-place', values: placeOf(suspect.serialDigit, SERIAL_GROUP, serial) }
}

function placeOf(index: number, size: number, typed: string): Record<'group' | 'place' | 'symbol', string> {
  const bare = Array.from(typed.replaceAll(/[\s\p{Pd}]/gu, '').toUpperCase())
  return { group: ordinal(Math.floor(index / size)), place: ordinal(index % size), symbol: bare[index] ?? '' }
}

function ordinal(index: number): string {
  const id = ORDINALS[index]
  return id === undefined ? String(index + 1) : t(id)
}
