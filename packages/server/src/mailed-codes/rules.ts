import { leadingSymbols } from '@latchkey/protocol/codes/leading-bits'
import type { DrawBytes } from '@latchkey/protocol/codes/randomness'
import { CHECK_SYMBOLS, makeProofCode, PROOF_CODES } from '../recovery-guards/proof-code.ts'

export const GOOD_FOR_MS = 10 * 60_000
export const TRIES = 5
/** Mails to a person, in this time. */
export const MOST_MAILS = 5
export const MAILS_MS = 3_600_000

/** 30 bits (SP 800-63B-4, 3.1.3.2 asks for six decimal digits at least). */
const RANDOM_SYMBOLS = PROOF_CODES.mailed.length - CHECK_SYMBOLS
const RANDOM_BYTES = Math.ceil((RANDOM_SYMBOLS * 5) / 8)

/** A code of six random symbols and two check symbols. Canonical. */
export function drawMailedCode(draw: DrawBytes): string {
  return makeProofCode('mailed', leadingSymbols(draw(RANDOM_BYTES), RANDOM_SYMBOLS))
}
