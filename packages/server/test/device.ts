import { randomBytes } from 'node:crypto'
import { type KeySet, nextKeySet } from '@latchkey/protocol/activation/keys'
import { activate, drawR } from '@latchkey/protocol/activation/registration'
import { type Code, parseCode, printCode } from '@latchkey/protocol/codes/code'
import { parseSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { securityCode, stepAt } from '@latchkey/protocol/otp/totp'
import { drawChallenge, makeResetCode } from '@latchkey/protocol/unlock/reset-code'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import type { Context } from '../src/context.ts'
import { argon2id } from '../src/hashing/argon2id.ts'
import type { SessionId, TokenId, UserId } from '../src/ids.ts'
import { findActivation } from '../src/tokens/find-activation.ts'
import { issueToken } from '../src/tokens/issue-token.ts'
import { registerToken } from '../src/tokens/register-token.ts'
import { BROWSER } from './world.ts'

const draw = (length: number): Uint8Array => new Uint8Array(randomBytes(length))

/** The token's half of STP-1, without its vault: what a person's device does with the codes. */
export type Device = { serial: SerialNumber; digits: 6 | 8; keys: KeySet; resetCode: Code<'reset'> }

/** Types in a serial number and an activation code, as printed. */
export async function addIdentity(serialNumber: string, activationCode: string): Promise<{ device: Device; registrationCode: string }> {
  const parsed = parseSerialNumber(serialNumber)
  if (!parsed.ok) throw new Error('a serial number was expected')
  const { serial } = parsed
  const code = parseCode('activation', serial, activationCode)
  if (!code.ok) throw new Error('an activation code was expected')
  const { keys, registrationCode } = await activate(argon2id, serial, code.code, drawR(draw))
  const resetCode = makeResetCode(keys.unlock, serial, drawChallenge(draw, undefined))
  return { device: { serial, digits: 6, keys, resetCode }, registrationCode: printCode(registrationCode) }
}

/** The security code that the device shows `offset` steps from a moment in milliseconds. */
export function showCode({ keys, digits }: Device, at: number, offset = 0): string {
  return securityCode(keys.otp, stepAt(at) + offset, digits)
}

/** A code of six digits that the device shows at none of the steps that could be accepted or replayed now. */
export function wrongCode(device: Device | undefined, at: number): string {
  const near = device === undefined ? [] : Array.from({ length: 41 }, (_, index) => showCode(device, at, index - 20))
  for (let number = 0; ; number += 1) {
    const code = String(number).padStart(6, '0')
    if (!near.includes(code)) return code
  }
}

/** The device is unlocked with an unlock code as printed: a new key set begins. The device before it is an old copy. */
export function unlock(device: Device, typed: string): Device {
  const { serial, keys, resetCode, digits } = device
  const parsed = parseCode('unlock', serial, typed)
  if (!parsed.ok || parsed.code !== unlockCode(keys.unlock, serial, resetCode)) throw new Error('the unlock code opens nothing')
  const next = nextKeySet(keys.unlock, resetCode)
  return { serial, digits, keys: next, resetCode: makeResetCode(next.unlock, serial, drawChallenge(draw, resetCode)) }
}

/** A valid code of the same token's kind with a proof that does not hold: what a guess looks like. */
export function forgeResetCode({ serial, keys }: Device): Code<'reset'> {
  const other = draw(32)
  for (;;) {
    const forged = makeResetCode(other, serial, drawChallenge(draw, undefined))
    if (forged !== makeResetCode(keys.unlock, serial, forged.slice(0, 4))) return forged
  }
}

/** The whole of an activation by typed codes: a person's new token, in use. The person's sessions go on, unless `spared` names those that do. */
export async function makeToken(
  world: Context,
  user: UserId,
  label = 'Work',
  spared?: readonly SessionId[],
): Promise<{ token: TokenId; device: Device }> {
  const issued = await issueToken(world, BROWSER, user, { label })
  if (issued.outcome !== 'issued') throw new Error(issued.outcome)
  const view = await findActivation(world, user)
  if (view === undefined) throw new Error('an activation was expected')
  const { device, registrationCode } = await addIdentity(view.serialNumber, view.activationCode)
  const alive = await world.db.read.selectFrom('sessions').select('id').where('user_id', '=', user).where('ended_at', 'is', null).execute()
  const keep = spared ?? alive.map(({ id }) => id)
  const registered = await registerToken(world, BROWSER, user, issued.activation, registrationCode, { keep })
  if (registered.outcome !== 'active') throw new Error(registered.outcome)
  return { token: registered.token, device }
}
