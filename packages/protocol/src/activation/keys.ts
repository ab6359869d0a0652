import { expand } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Code } from '../codes/code.ts'
import type { SerialNumber } from '../codes/serial-number.ts'
import { secretOf } from './activation-code.ts'
import { ARGON2ID, type Argon2id } from './argon2id.ts'

/** One key set of a token, 32 bytes each: security codes, unlocking, signing. */
export type KeySet = { otp: Uint8Array; unlock: Uint8Array; sign: Uint8Array }

const KEY_BYTES = 32
const SALT_BYTES = 16

/** root (STP-1, 2, step 3): 85 bits of the activation code and 75 of the token's own, behind Argon2id. 32 bytes. */
export function deriveRoot(argon2id: Argon2id, serial: SerialNumber, code: Code<'activation'>, r: string): Promise<Uint8Array> {
  return argon2id({ ...ARGON2ID, password: utf8ToBytes(secretOf(code) + r), salt: saltOf(serial) })
}

function saltOf(serial: SerialNumber): Uint8Array {
  return sha256(utf8ToBytes(`stp1/salt${serial}`)).subarray(0, SALT_BYTES)
}

/** The first key set, from root. */
export function firstKeySet(root: Uint8Array): KeySet {
  return { otp: keyOf(root, 'otp'), unlock: keyOf(root, 'unlock'), sign: keyOf(root, 'sign') }
}

/** key(confirm), which proves a registration and is then forgotten. */
export function confirmKey(root: Uint8Array): Uint8Array {
  return keyOf(root, 'confirm')
}

function keyOf(root: Uint8Array, name: string): Uint8Array {
  return expand(sha256, root, utf8ToBytes(`stp1/${name}`), KEY_BYTES)
}

/** The key set that follows an unlock with this PIN reset code (STP-1, 5). Both sides compute it. */
export function nextKeySet(unlockKey: Uint8Array, resetCode: Code<'reset'>): KeySet {
  const next = (name: string): Uint8Array =>
    expand(sha256, unlockKey, concatBytes(utf8ToBytes(`stp1/next/${name}/`), utf8ToBytes(resetCode)), KEY_BYTES)
  return { otp: next('otp'), unlock: next('unlock'), sign: next('sign') }
}

/** Overwrites keys with zeros: the best that JavaScript can do to forget them. */
export function forget(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0)
}

/** Forgets a whole key set. */
export function forgetKeySet(keys: KeySet): void {
  forget(keys.otp, keys.unlock, keys.sign)
}
