import { ARGON2ID, type Argon2id } from '@latchkey/protocol/activation/argon2id'
import { forget } from '@latchkey/protocol/activation/keys'
import { leadingFives } from '@latchkey/protocol/codes/leading-bits'
import { expand } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/** What a PIN opens: key(otp) and key(sign). key(unlock) is not among them, so that nothing tests a guess (STP-1, 4). */
export type PinKeys = { otp: Uint8Array; sign: Uint8Array }
/** Two of the 32 drawings, by number: shown to the person, never stored or sent. */
export type Picture = { first: number; second: number }

export const DEVICE_SALT_BYTES = 32
export const PIN_SALT_BYTES = 16
export const PIN_BOX_BYTES = 64
const KEY_BYTES = 32

/** The first 4 bits (minimum 6 digits) or 6 bits (minimum 8) of an HMAC under the installation's salt, as an integer (STP-1, 4). */
export function pinHint(deviceSalt: Uint8Array, pin: string, minimum: 6 | 8): number {
  const [first = 0] = hmac(sha256, deviceSalt, utf8ToBytes(`stp1/vault/hint${pin}`))
  return first >> (8 - hintBits(minimum))
}

/** b of STP-1, 4: how many bits of a PIN its hint gives away. */
export function hintBits(minimum: 6 | 8): 4 | 6 {
  return minimum === 8 ? 6 : 4
}

/** pinKey (STP-1, 4): 32 bytes. */
export function derivePinKey(argon2id: Argon2id, pin: string, pinSalt: Uint8Array): Promise<Uint8Array> {
  return argon2id({ ...ARGON2ID, password: utf8ToBytes(pin), salt: pinSalt })
}

/** Puts a key set's keys into a box. To be done once for a key set (STP-1, 4: one box for one key set). */
export function closePinBox(pinKey: Uint8Array, keys: PinKeys): Uint8Array {
  const joined = concatBytes(keys.otp, keys.sign)
  const box = mask(pinKey, joined)
  forget(joined)
  return box
}

/** Every PIN's key opens the box to some keys: there is no telling the right ones. */
export function openPinBox(pinKey: Uint8Array, box: Uint8Array): PinKeys {
  const joined = mask(pinKey, box)
  // Copies: a view of a small array would move it, and leave the first place as it was.
  const keys = { otp: joined.slice(0, KEY_BYTES), sign: joined.slice(KEY_BYTES) }
  forget(joined)
  return keys
}

function mask(pinKey: Uint8Array, box: Uint8Array): Uint8Array {
  const pad = expand(sha256, pinKey, utf8ToBytes('stp1/vault/box'), PIN_BOX_BYTES)
  const masked = box.map((byte, index) => byte ^ (pad[index] ?? 0))
  forget(pad)
  return masked
}

/** The picture by which the person notices a wrong PIN that the hint let through (STP-1, 4). */
export function pictureOf(pinKey: Uint8Array): Picture {
  const [first = 0, second = 0] = leadingFives(hmac(sha256, pinKey, utf8ToBytes('stp1/vault/picture')), 2)
  return { first, second }
}
