import { sha256 } from '@noble/hashes/sha2.js'
import { type Code, makeCode } from '../codes/code.ts'
import { leadingSymbols } from '../codes/leading-bits.ts'
import type { SerialNumber } from '../codes/serial-number.ts'
import { ocra } from '../otp/ocra.ts'

/** Challenge and response, not truncated (STP-1, 5; RFC 6287, 7.1). */
const SUITE = 'OCRA-1:HOTP-SHA256-0:QA08'
const RESPONSE_SYMBOLS = 10

/** The unlock code that answers a PIN reset code: 50 bits. Both sides compute it, the token to make its unlockBox (STP-1, 5). */
export function unlockCode(unlockKey: Uint8Array, serial: SerialNumber, resetCode: Code<'reset'>): Code<'unlock'> {
  const { digest } = ocra(SUITE, unlockKey, { question: resetCode }, { SHA256: sha256 })
  return makeCode('unlock', serial, leadingSymbols(digest, RESPONSE_SYMBOLS))
}
