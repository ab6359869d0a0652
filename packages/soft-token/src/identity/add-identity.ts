import { profileOfCode } from '@latchkey/protocol/activation/activation-code'
import { forget, forgetKeySet } from '@latchkey/protocol/activation/keys'
import { activate, drawR } from '@latchkey/protocol/activation/registration'
import type { Code } from '@latchkey/protocol/codes/code'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { type PinRefusal, pinRefusal } from '../pins/pin-refusal.ts'
import type { Platform, VaultFiles } from '../platform.ts'
import { keepSaltNear, openOrMakeDeviceSalt } from '../vault/device-salt.ts'
import type { EnvelopeRefusal } from '../vault/envelope.ts'
import { removeFile, withVault } from '../vault/files.ts'
import type { Picture } from '../vault/pin-box.ts'
import type { IdentityRecord } from '../vault/record.ts'
import { type Boxes, boxIdentity } from './box-identity.ts'
import { isNameTaken, lookAt } from './list-identities.ts'
import { saveUnderFreshKey } from './opened-identity.ts'

/** `label` as `nameOf` gives it. */
export type NewIdentity = { label: string; serial: SerialNumber; code: Code<'activation'>; pin: string }
export type Added = { ok: true; registrationCode: Code<'registration'>; picture: Picture }
export type AddRefusal =
  | { ok: false; error: 'weak-pin'; reason: PinRefusal }
  | { ok: false; error: 'name-taken'; takenBy: 'name' | 'serial' }
  | { ok: false; error: EnvelopeRefusal }

/**
 * Activates an identity (STP-1, 2, step 3). Nothing is stored before the PIN is accepted; then one write makes it.
 * The activation code, root and key(confirm) are not kept.
 */
export async function addIdentity(platform: Platform, identity: NewIdentity): Promise<Added | AddRefusal> {
  const profile = profileOfCode(identity.code)
  const reason = pinRefusal(identity.pin, profile.pinMinimum)
  if (reason !== undefined) return { ok: false, error: 'weak-pin', reason }
  return withVault(platform, async (files) => {
    const taken = await takenIn(platform, files, identity.label, identity.serial)
    if (taken !== undefined) return taken
    const deviceSalt = await openOrMakeDeviceSalt(platform, files)
    if (typeof deviceSalt === 'string') return { ok: false, error: deviceSalt }
    const { keys, registrationCode } = await activate(platform.argon2id, identity.serial, identity.code, drawR(platform.draw))
    const { serial, pin, label } = identity
    const { boxes, picture } = await boxIdentity(platform, {
      serial,
      keys,
      pin,
      pinMinimum: profile.pinMinimum,
      deviceSalt,
      resetBefore: undefined,
    })
    forgetKeySet(keys)
    const record = newRecord(label, profile, registrationCode, boxes, platform.now())
    // What was there under this serial number could not be read: it makes room.
    await removeFile(platform, files, serial)
    const keyId = await saveUnderFreshKey(platform, files, serial, record, undefined)
    await keepSaltNear(platform, files, deviceSalt, keyId)
    forget(deviceSalt)
    return { ok: true, registrationCode, picture }
  })
}

async function takenIn(platform: Platform, files: VaultFiles, label: string, serial: SerialNumber): Promise<AddRefusal | undefined> {
  const there = await lookAt(platform, files, serial)
  const free = 'error' in there && (there.error === 'no-such-identity' || there.error === 'vault-damaged')
  if (!free) return { ok: false, error: 'name-taken', takenBy: 'serial' }
  return (await isNameTaken(platform, files, label, serial)) ? { ok: false, error: 'name-taken', takenBy: 'name' } : undefined
}

function newRecord(
  label: string,
  profile: IdentityRecord['profile'],
  registrationCode: Code<'registration'>,
  boxes: Boxes,
  now: number,
): IdentityRecord {
  return {
    ...boxes,
    label,
    profile,
    registrationCode,
    keySet: 0,
    failedPins: 0,
    wrongUnlocks: 0,
    waitUntil: 0,
    lastShownStep: undefined,
    createdAt: now,
    clockSeen: now,
    clockSetBackAt: undefined,
  }
}
