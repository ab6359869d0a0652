import { symbolsOf, valuesOf } from './alphabet.ts'
import { alphaTo, divide, logOf, multiply, ORDER } from './field.ts'
import { KINDS, type Kind, type OtherKind } from './kinds.ts'
import type { SerialNumber } from './serial-number.ts'

/** One wrong symbol would lie here; a hint to show, never a correction (STP-1, 1). Places count from 0. */
export type Suspect = { symbol: number } | { serialDigit: number } | 'kind' | 'unknown'

/** What stands before the symbols that are shown: the kind, and the ten digits of the serial number. */
const HIDDEN = 11
const ALPHA_1 = alphaTo(1)
const ALPHA_2 = alphaTo(2)
/** The generator (x + α)(x + α²) = x² + (α + α²)x + α³. */
const GENERATOR_X = ALPHA_1 ^ ALPHA_2
const GENERATOR_1 = multiply(ALPHA_1, ALPHA_2)

/** The two symbols that end a code of `kind` for the token `serial`, whose first symbols are `body` (canonical). */
export function checkSymbols(kind: Kind, serial: SerialNumber, body: string): string {
  let high = 0
  let low = 0
  for (const value of wordOf(kind, serial, body)) {
    const feedback = value ^ high
    high = low ^ multiply(feedback, GENERATOR_X)
    low = multiply(feedback, GENERATOR_1)
  }
  return symbolsOf([high, low])
}

/** Checks a whole canonical code: undefined if its check symbols hold, else where one wrong symbol would lie. */
export function suspectOf(kind: Kind, serial: SerialNumber, canonical: string): Suspect | undefined {
  const word = wordOf(kind, serial, canonical)
  const s1 = evaluate(word, ALPHA_1)
  const s2 = evaluate(word, ALPHA_2)
  if (s1 === 0 && s2 === 0) return undefined
  if (s1 === 0 || s2 === 0) return 'unknown'
  const fromEnd = (logOf(s2) - logOf(s1) + ORDER) % ORDER
  const place = word.length - 1 - fromEnd
  const magnitude = divide(multiply(s1, s1), s2)
  return nameOf(kind, place, (word[place] ?? 0) ^ magnitude)
}

function nameOf(kind: Kind, place: number, mended: number): Suspect {
  if (place >= HIDDEN) return { symbol: place - HIDDEN }
  if (place > 0) return mended <= 9 ? { serialDigit: place - 1 } : 'unknown'
  const other: OtherKind | undefined = KINDS[kind].otherOfThatLength
  return place === 0 && other !== undefined && KINDS[other].value === mended ? 'kind' : 'unknown'
}

function wordOf(kind: Kind, serial: SerialNumber, symbols: string): number[] {
  return [KINDS[kind].value, ...valuesOf(serial), ...valuesOf(symbols)]
}

/** Horner's rule: the first symbol is the coefficient of the highest power. */
function evaluate(word: readonly number[], x: number): number {
  return word.reduce((sum, value) => multiply(sum, x) ^ value, 0)
}
