import { securityCode } from '@latchkey/protocol/otp/totp'
import { listIdentities } from '../src/identity/list-identities.ts'
import { showCode } from '../src/identity/show-code.ts'
import { beginUnlock, finishUnlock } from '../src/identity/unlock-identity.ts'
import type { Platform } from '../src/platform.ts'
import { openDeviceSalt } from '../src/vault/device-salt.ts'
import { pinHint } from '../src/vault/pin-box.ts'
import type { Disk } from './memory-platform.ts'
import { answer, type ServerToken } from './server-half.ts'

/** A copy of a disk, so that one prepared state can be killed at each of many moments. */
export function cloneDisk(disk: Disk): Disk {
  return {
    files: new Map([...disk.files].map(([name, copies]) => [name, new Map(copies)])),
    keys: new Map(disk.keys),
    everWritten: [...disk.everWritten],
    everKept: new Map(disk.everKept),
    fuse: undefined,
    turn: Promise.resolve(),
  }
}

/** The installation's salt, which a test may look at. */
export async function deviceSaltOf(platform: Platform): Promise<Uint8Array> {
  const salt = await platform.storage.exclusively((files) => openDeviceSalt(platform, files))
  if (typeof salt === 'string') throw new Error(salt)
  return salt
}

/** A PIN that is not this one and that the hint catches, or one that it lets through. */
export function otherPin(deviceSalt: Uint8Array, pin: string, kind: 'caught' | 'let-through', from = 0, minimum: 6 | 8 = 6): string {
  const right = pinHint(deviceSalt, pin, minimum)
  for (let number = from; ; number += 1) {
    const other = String(number).padStart(pin.length, '0')
    if (other !== pin && (pinHint(deviceSalt, other, minimum) === right) === (kind === 'let-through')) return other
  }
}

/** Enters five PINs that the hint catches. */
export async function lockToken(platform: Platform, token: ServerToken, pin: string): Promise<void> {
  const wrong = otherPin(await deviceSaltOf(platform), pin, 'caught')
  for (let tries = 0; tries < 5; tries += 1) await showCode(platform, token.serial, wrong)
}

/** The whole way of journey D: PIN reset code out, unlock code in, a new PIN. */
export async function unlockToken(platform: Platform, token: ServerToken, pin: string): Promise<ServerToken> {
  const { identities } = await listIdentities(platform)
  const identity = identities.find(({ serial }) => serial === token.serial)
  if (identity === undefined) throw new Error('no such identity')
  const { unlock, next } = answer(token, identity.resetCode)
  const pending = await beginUnlock(platform, token.serial, unlock)
  if (!pending.ok) throw new Error(pending.error)
  const finished = await finishUnlock(platform, pending, pin)
  if (!finished.ok) throw new Error(finished.error)
  return next
}

/** Whether a PIN gives a code that this server's key set computes as well. */
export async function givesRightCode(platform: Platform, token: ServerToken, pin: string): Promise<boolean> {
  const shown = await showCode(platform, token.serial, pin)
  return shown.ok && shown.code === securityCode(token.keys.otp, shown.step, 6)
}
