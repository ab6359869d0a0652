import { type Code, parseCode } from '@latchkey/protocol/codes/code'
import { KINDS } from '@latchkey/protocol/codes/kinds'
import { parseSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { CodeHint } from '../parts/fields.tsx'
import { sayTypingError } from '../texts/say-typing-error.ts'

const SERIAL_DIGITS = 10

export type Checked<T> = { ok: true; value: T } | { ok: false; hint: NonNullable<CodeHint>; early: boolean }

/** Reads a serial number. `early`: it is not whole yet, so nothing is said while it is being typed. */
export function checkSerial(typed: string): Checked<SerialNumber> {
  const parsed = parseSerialNumber(typed)
  if (parsed.ok) return { ok: true, value: parsed.serial }
  const early = parsed.error === 'serial' && symbolsIn(typed) < SERIAL_DIGITS && !/[a-z]/i.test(typed)
  return { ok: false, early, hint: { kind: 'bad', said: sayTypingError(parsed, typed, typed) } }
}

/** Reads a code of the token `serial`. */
export function checkCode<K extends 'activation' | 'unlock'>(kind: K, serial: SerialNumber, typed: string): Checked<Code<K>> {
  const parsed = parseCode(kind, serial, typed)
  if (parsed.ok) return { ok: true, value: parsed.code }
  const early = parsed.error === 'length' && parsed.length < KINDS[kind].length
  return { ok: false, early, hint: { kind: 'bad', said: sayTypingError(parsed, typed, serial) } }
}

/** What is said below the field while it is being typed into. */
export function hintOf(checked: Checked<unknown> | undefined): CodeHint {
  if (checked === undefined) return undefined
  if (checked.ok) return { kind: 'good', said: { text: 'code-field.right' } }
  return checked.early ? undefined : checked.hint
}

function symbolsIn(typed: string): number {
  return Array.from(typed.replaceAll(/[\s\p{Pd}]/gu, '')).length
}
