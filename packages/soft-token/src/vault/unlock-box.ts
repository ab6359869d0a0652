import { ARGON2ID, type Argon2id } from '@latchkey/protocol/activation/argon2id'
import { forget } from '@latchkey/protocol/activation/keys'
import type { Code } from '@latchkey/protocol/codes/code'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { expand } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Aead } from '../platform.ts'

export const UNLOCK_SALT_BYTES = 16
export const UNLOCK_NONCE_BYTES = 12
export const UNLOCK_BOX_BYTES = 48
const KEY_BYTES = 32

/** key(unlock) under the one unlock code that answers the next PIN reset code (STP-1, 4). */
export type UnlockBox = { unlockSalt: Uint8Array; unlockNonce: Uint8Array; unlockBox: Uint8Array }
export type BoxParts = { argon2id: Argon2id; aead: Aead }

/** The key that an unlock code opens a box with: 32 bytes. */
export async function deriveUnlockBoxKey(argon2id: Argon2id, code: Code<'unlock'>, unlockSalt: Uint8Array): Promise<Uint8Array> {
  const stretched = await argon2id({ ...ARGON2ID, password: utf8ToBytes(code), salt: unlockSalt })
  const key = expand(sha256, stretched, utf8ToBytes('stp1/vault/unlock'), KEY_BYTES)
  forget(stretched)
  return key
}

/** Closes a box: 48 bytes, the tag last. */
export async function closeUnlockBox(
  parts: BoxParts,
  serial: SerialNumber,
  code: Code<'unlock'>,
  unlockKey: Uint8Array,
  fresh: { unlockSalt: Uint8Array; unlockNonce: Uint8Array },
): Promise<UnlockBox> {
  const key = await deriveUnlockBoxKey(parts.argon2id, code, fresh.unlockSalt)
  const unlockBox = await parts.aead.seal(key, fresh.unlockNonce, unlockKey, utf8ToBytes(serial))
  forget(key)
  return { ...fresh, unlockBox }
}

/** key(unlock), or undefined if `key` is that of a wrong unlock code. The unlock code is the key: there is no other check. */
export function openUnlockBox(aead: Aead, serial: SerialNumber, key: Uint8Array, box: UnlockBox): Promise<Uint8Array | undefined> {
  return aead.open(key, box.unlockNonce, box.unlockBox, utf8ToBytes(serial))
}
