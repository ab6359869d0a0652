import { ALPHABET } from '@latchkey/protocol/codes/alphabet'
import { leadingSymbols } from '@latchkey/protocol/codes/leading-bits'
import type { DrawBytes } from '@latchkey/protocol/codes/randomness'
import { CHECK_SYMBOLS, makeProofCode, PROOF_CODES } from '../recovery-guards/proof-code.ts'

export const CODES = 10
/** 13 symbols are 65 bits. */
const RANDOM_SYMBOLS = PROOF_CODES.recovery.length - 1 - CHECK_SYMBOLS
const RANDOM_BYTES = Math.ceil((RANDOM_SYMBOLS * 5) / 8)

/** A code of a set: its number (1 to 10) is its first symbol, so that a try is judged against one hash. Canonical. */
export function drawCode(number: number, draw: DrawBytes): string {
  return makeProofCode('recovery', ALPHABET.charAt(number) + leadingSymbols(draw(RANDOM_BYTES), RANDOM_SYMBOLS))
}

/** The number that a code says it has; no code has one that is not 1 to 10. */
export function numberOf(code: string): number {
  return ALPHABET.indexOf(code.charAt(0))
}
