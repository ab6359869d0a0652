import { randomBytes } from 'node:crypto'
import type { KeySet } from '@latchkey/protocol/activation/keys'
import { nextKeySet } from '@latchkey/protocol/activation/keys'
import { register } from '@latchkey/protocol/activation/registration'
import { parseCode } from '@latchkey/protocol/codes/code'
import type { Profile } from '@latchkey/protocol/codes/profile'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { securityCode, stepAt } from '@latchkey/protocol/otp/totp'
import { resetCodeHolds } from '@latchkey/protocol/unlock/reset-code'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import { argon2id } from '../../packages/cli/src/vault-folder/argon2id.ts'
import { issue } from '../../packages/soft-token/test/server-half.ts'

/** The server's half of STP-1 without a server: what it would know of one token. */
export type OwnToken = { serial: SerialNumber; activationCode: string; keys: KeySet | undefined; digits: 6 | 8 }

export function issueCodes(profile: Profile = { digits: 6, pinMinimum: 6 }): OwnToken {
  const { serial, code } = issue((length) => new Uint8Array(randomBytes(length)), profile)
  return { serial, activationCode: code, keys: undefined, digits: profile.digits }
}

/** Takes the registration code. @throws Error if its proof does not hold */
export async function takeRegistration(token: OwnToken, typed: string): Promise<void> {
  const activation = parseCode('activation', token.serial, token.activationCode)
  const registration = parseCode('registration', token.serial, typed)
  if (!activation.ok || !registration.ok) throw new Error('mistyped')
  token.keys = await register(argon2id, token.serial, activation.code, registration.code)
  if (token.keys === undefined) throw new Error('the proof of the registration code does not hold')
}

/** Answers a PIN reset code with the unlock code, and goes over to the next key set. */
export function answerReset(token: OwnToken, typed: string): string {
  const reset = parseCode('reset', token.serial, typed)
  if (!reset.ok || token.keys === undefined || !resetCodeHolds(token.keys.unlock, token.serial, reset.code))
    throw new Error('no reset code of this token')
  const { unlock } = token.keys
  token.keys = nextKeySet(unlock, reset.code)
  return unlockCode(unlock, token.serial, reset.code)
}

/** Whether this is the security code of a step about now. */
export function accepts(token: OwnToken, code: string): boolean {
  const now = stepAt(Date.now())
  return [-2, -1, 0, 1, 2].some((off) => token.keys !== undefined && securityCode(token.keys.otp, now + off, token.digits) === code)
}
