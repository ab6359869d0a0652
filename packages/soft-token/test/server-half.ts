import { drawActivationCode } from '@latchkey/protocol/activation/activation-code'
import { type KeySet, nextKeySet } from '@latchkey/protocol/activation/keys'
import { register } from '@latchkey/protocol/activation/registration'
import type { Code } from '@latchkey/protocol/codes/code'
import type { Profile } from '@latchkey/protocol/codes/profile'
import { drawSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { resetCodeHolds } from '@latchkey/protocol/unlock/reset-code'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import { addIdentity } from '../src/identity/add-identity.ts'
import type { Platform } from '../src/platform.ts'
import { cheapArgon2id } from './memory-platform.ts'

/** What a server knows of one token. */
export type ServerToken = { serial: SerialNumber; keys: KeySet }

/** Draws codes as a server does. */
export function issue(draw: (length: number) => Uint8Array, profile: Profile = { digits: 6, pinMinimum: 6 }) {
  const serial = drawSerialNumber(draw)
  return { serial, code: drawActivationCode(serial, profile, draw) }
}

/** A whole activation, both halves; throws if the token refuses or the proof does not hold. */
export async function activateToken(platform: Platform, label: string, pin: string, profile?: Profile): Promise<ServerToken> {
  const { serial, code } = issue(platform.draw, profile)
  const added = await addIdentity(platform, { label, serial, code, pin })
  if (!added.ok) throw new Error(added.error)
  const keys = await register(cheapArgon2id, serial, code, added.registrationCode)
  if (keys === undefined) throw new Error('the proof does not hold')
  return { serial, keys }
}

/** The server answers a PIN reset code and goes over to the next key set. */
export function answer(token: ServerToken, resetCode: Code<'reset'>): { unlock: Code<'unlock'>; next: ServerToken } {
  if (!resetCodeHolds(token.keys.unlock, token.serial, resetCode)) throw new Error('the proof of the PIN reset code does not hold')
  return {
    unlock: unlockCode(token.keys.unlock, token.serial, resetCode),
    next: { serial: token.serial, keys: nextKeySet(token.keys.unlock, resetCode) },
  }
}
