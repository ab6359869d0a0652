import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { type Code, makeCode } from '../codes/code.ts'
import { leadingSymbols } from '../codes/leading-bits.ts'
import type { DrawBytes } from '../codes/randomness.ts'
import type { SerialNumber } from '../codes/serial-number.ts'
import { equalText } from '../equal-bytes.ts'

const CHALLENGE_SYMBOLS = 4
const CHALLENGE_BYTES = 3
const PROOF_SYMBOLS = 2

/** The token draws the challenge of its next PIN reset code: never the one before (STP-1, 5). */
export function drawChallenge(draw: DrawBytes, before: Code<'reset'> | undefined): string {
  const challenge = leadingSymbols(draw(CHALLENGE_BYTES), CHALLENGE_SYMBOLS)
  return before?.startsWith(challenge) ? drawChallenge(draw, before) : challenge
}

/** The PIN reset code of a challenge under key(unlock) (STP-1, 5). */
export function makeResetCode(unlockKey: Uint8Array, serial: SerialNumber, challenge: string): Code<'reset'> {
  return makeCode('reset', serial, challenge + proofOf(unlockKey, serial, challenge))
}

/** The server: was this PIN reset code made by a token that holds key(unlock)? */
export function resetCodeHolds(unlockKey: Uint8Array, serial: SerialNumber, code: Code<'reset'>): boolean {
  const challenge = code.slice(0, CHALLENGE_SYMBOLS)
  return equalText(code.slice(CHALLENGE_SYMBOLS, CHALLENGE_SYMBOLS + PROOF_SYMBOLS), proofOf(unlockKey, serial, challenge))
}

function proofOf(unlockKey: Uint8Array, serial: SerialNumber, challenge: string): string {
  return leadingSymbols(hmac(sha256, unlockKey, utf8ToBytes(`stp1/reset${serial}${challenge}`)), PROOF_SYMBOLS)
}
