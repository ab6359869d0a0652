import { normalise, type SymbolRefusal, symbolsOf, valuesOf } from '@latchkey/protocol/codes/alphabet'
import { alphaTo, logOf, multiply, ORDER } from '@latchkey/protocol/codes/field'

/** Codes that a person types to prove who they are; none has the length and the value of one that a token makes. */
export const PROOF_CODES = {
  recovery: { value: 5, length: 16 },
  mailed: { value: 6, length: 8 },
} as const
export type ProofKind = keyof typeof PROOF_CODES

/** Why a typed code cannot be one; nothing is counted for it. `symbol` counts symbols from 0. */
export type ProofCodeRefusal =
  | SymbolRefusal
  | { ok: false; error: 'length'; length: number; expected: number }
  | { ok: false; error: 'typing'; suspect: { symbol: number } | 'unknown' }

export const CHECK_SYMBOLS = 2
const ALPHA_1 = alphaTo(1)
const ALPHA_2 = alphaTo(2)
const GENERATOR_X = ALPHA_1 ^ ALPHA_2
const GENERATOR_1 = multiply(ALPHA_1, ALPHA_2)

/** A code: its body (canonical symbols) and two check symbols, which find every single wrong symbol and every two that changed places. */
export function makeProofCode(kind: ProofKind, body: string): string {
  let high = 0
  let low = 0
  for (const value of wordOf(kind, body)) {
    const feedback = value ^ high
    high = low ^ multiply(feedback, GENERATOR_X)
    low = multiply(feedback, GENERATOR_1)
  }
  return body + symbolsOf([high, low])
}

/** Reads a code as it was typed: any case, any separators, look-alikes mended. */
export function readProofCode(kind: ProofKind, typed: string): { ok: true; code: string } | ProofCodeRefusal {
  const read = normalise(typed.slice(0, LONGEST_TYPED))
  if (!read.ok) return read
  const { length: expected } = PROOF_CODES[kind]
  if (read.canonical.length !== expected) return { ok: false, error: 'length', length: read.canonical.length, expected }
  const suspect = suspectOf(kind, read.canonical)
  return suspect === undefined ? { ok: true, code: read.canonical } : { ok: false, error: 'typing', suspect }
}

const LONGEST_TYPED = 200

/** Where one wrong symbol would lie; undefined if the check symbols hold. */
function suspectOf(kind: ProofKind, canonical: string): { symbol: number } | 'unknown' | undefined {
  const word = wordOf(kind, canonical)
  const s1 = evaluate(word, ALPHA_1)
  const s2 = evaluate(word, ALPHA_2)
  if (s1 === 0 && s2 === 0) return undefined
  if (s1 === 0 || s2 === 0) return 'unknown'
  const place = word.length - 1 - ((logOf(s2) - logOf(s1) + ORDER) % ORDER)
  // The first place is the kind, which nobody types.
  return place >= 1 ? { symbol: place - 1 } : 'unknown'
}

function wordOf(kind: ProofKind, symbols: string): number[] {
  return [PROOF_CODES[kind].value, ...valuesOf(symbols)]
}

function evaluate(word: readonly number[], x: number): number {
  return word.reduce((sum, value) => multiply(sum, x) ^ value, 0)
}
