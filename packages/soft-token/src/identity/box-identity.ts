import type { KeySet } from '@latchkey/protocol/activation/keys'
import { forget } from '@latchkey/protocol/activation/keys'
import type { Code } from '@latchkey/protocol/codes/code'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { drawChallenge, makeResetCode } from '@latchkey/protocol/unlock/reset-code'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import type { Platform } from '../platform.ts'
import { closePinBox, derivePinKey, PIN_SALT_BYTES, type Picture, pictureOf, pinHint } from '../vault/pin-box.ts'
import type { IdentityRecord } from '../vault/record.ts'
import { closeUnlockBox, UNLOCK_NONCE_BYTES, UNLOCK_SALT_BYTES } from '../vault/unlock-box.ts'

/** The parts of a record that belong to one key set. */
export type Boxes = Pick<
  IdentityRecord,
  'pinSalt' | 'pinHint' | 'pinBox' | 'unlockSalt' | 'unlockNonce' | 'unlockBox' | 'resetCode' | 'boxErased'
>
export type BoxInput = {
  serial: SerialNumber
  keys: KeySet
  pin: string
  pinMinimum: 6 | 8
  deviceSalt: Uint8Array
  /** The PIN reset code before this one, if there was one. */
  resetBefore: Code<'reset'> | undefined
}

/** Makes the two boxes of a new key set and its PIN reset code, all salts fresh (STP-1, 4 and 5). Once for a key set. */
export async function boxIdentity(platform: Platform, input: BoxInput): Promise<{ boxes: Boxes; picture: Picture }> {
  const { serial, keys, pin } = input
  const pinSalt = platform.draw(PIN_SALT_BYTES)
  const pinKey = await derivePinKey(platform.argon2id, pin, pinSalt)
  const picture = pictureOf(pinKey)
  const pinBox = closePinBox(pinKey, keys)
  forget(pinKey)
  const resetCode = makeResetCode(keys.unlock, serial, drawChallenge(platform.draw, input.resetBefore))
  const fresh = { unlockSalt: platform.draw(UNLOCK_SALT_BYTES), unlockNonce: platform.draw(UNLOCK_NONCE_BYTES) }
  const unlockBox = await closeUnlockBox(platform, serial, unlockCode(keys.unlock, serial, resetCode), keys.unlock, fresh)
  const hint = pinHint(input.deviceSalt, pin, input.pinMinimum)
  return { boxes: { pinSalt, pinHint: hint, pinBox, resetCode, boxErased: false, ...unlockBox }, picture }
}
