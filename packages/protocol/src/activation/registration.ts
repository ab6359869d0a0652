import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { type Code, makeCode } from '../codes/code.ts'
import { leadingSymbols } from '../codes/leading-bits.ts'
import type { DrawBytes } from '../codes/randomness.ts'
import type { SerialNumber } from '../codes/serial-number.ts'
import { equalText } from '../equal-bytes.ts'
import type { Argon2id } from './argon2id.ts'
import { confirmKey, deriveRoot, firstKeySet, forget, type KeySet } from './keys.ts'

/** R: 15 symbols, 75 random bits. */
const R_SYMBOLS = 15
const R_BYTES = 10
const PROOF_SYMBOLS = 3

/** The token draws R (STP-1, 2, step 3). */
export function drawR(draw: DrawBytes): string {
  return leadingSymbols(draw(R_BYTES), R_SYMBOLS)
}

/** The token's half of an activation (STP-1, 2, step 3). */
export async function activate(
  argon2id: Argon2id,
  serial: SerialNumber,
  code: Code<'activation'>,
  r: string,
): Promise<{ keys: KeySet; registrationCode: Code<'registration'> }> {
  const root = await deriveRoot(argon2id, serial, code, r)
  const registrationCode = makeCode('registration', serial, r + proofOf(root, serial, r))
  const keys = firstKeySet(root)
  forget(root)
  return { keys, registrationCode }
}

/**
 * The server's half (STP-1, 2, step 5): the token's key set if the proof holds, else undefined, which uses up a try.
 * The try is to be charged before this is called.
 */
export async function register(
  argon2id: Argon2id,
  serial: SerialNumber,
  code: Code<'activation'>,
  registrationCode: Code<'registration'>,
): Promise<KeySet | undefined> {
  const r = registrationCode.slice(0, R_SYMBOLS)
  const root = await deriveRoot(argon2id, serial, code, r)
  const holds = equalText(registrationCode.slice(R_SYMBOLS, R_SYMBOLS + PROOF_SYMBOLS), proofOf(root, serial, r))
  const keys = holds ? firstKeySet(root) : undefined
  forget(root)
  return keys
}

function proofOf(root: Uint8Array, serial: SerialNumber, r: string): string {
  const key = confirmKey(root)
  const proof = leadingSymbols(hmac(sha256, key, utf8ToBytes(`stp1/registration${serial}${r}`)), PROOF_SYMBOLS)
  forget(key)
  return proof
}
