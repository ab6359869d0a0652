import type { CodeRefusal } from '@latchkey/protocol/codes/code'
import type { Texts } from '../texts/texts.ts'
import type { Flash } from './flash.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const GROUP = 4

/** A wait in words, rounded up: `40 seconds`, `3 minutes`. */
export function sayDuration(texts: Texts, ms: number): string {
  const [unit, size]: ['second' | 'minute' | 'hour', number] =
    ms < 2 * MINUTE_MS ? ['second', SECOND_MS] : ms < 2 * HOUR_MS ? ['minute', MINUTE_MS] : ['hour', HOUR_MS]
  const n = Math.max(1, Math.ceil(ms / size))
  return n === 1 ? texts(`duration.${unit}`) : texts(`duration.${unit}s`, { n })
}

/** What is wrong with a typed code: a hint where to look, never a correction (STP-1, 1). */
export function sayTypingError(
  refusal: CodeRefusal,
  typed: string,
  code: { kind: string; serial: string },
): Pick<Flash, 'text' | 'values'> {
  if (refusal.error === 'symbol') return { text: 'code.symbol', values: { place: refusal.at + 1 } }
  if (refusal.error === 'length') return { text: 'code.length', values: { length: refusal.length, expected: refusal.expected } }
  if (refusal.error === 'profile' || refusal.suspect === 'unknown') return { text: 'code.typing-unknown' }
  if (refusal.suspect === 'kind') return { text: 'code.typing-kind', values: { kind: code.kind } }
  if ('serialDigit' in refusal.suspect) return { text: 'code.typing-serial', values: { serial: code.serial } }
  const place = refusal.suspect.symbol
  return { text: 'code.typing', values: { group: Math.floor(place / GROUP) + 1, symbol: symbolAt(typed, place) } }
}

function symbolAt(typed: string, place: number): string {
  return Array.from(typed.replaceAll(/[\s\p{Pd}]/gu, '').toUpperCase())[place] ?? ''
}
