import { forget, forgetKeySet, type KeySet, nextKeySet } from '@latchkey/protocol/activation/keys'
import type { Code } from '@latchkey/protocol/codes/code'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { type PinRefusal, pinRefusal } from '../pins/pin-refusal.ts'
import type { Platform, VaultFiles } from '../platform.ts'
import { keepSaltNear, openDeviceSalt } from '../vault/device-salt.ts'
import type { Picture } from '../vault/pin-box.ts'
import type { IdentityRecord } from '../vault/record.ts'
import { deriveUnlockBoxKey, openUnlockBox } from '../vault/unlock-box.ts'
import { boxIdentity } from './box-identity.ts'
import { type OpenIdentity, type OpenRefusal, save, saveUnderFreshKey, withIdentity } from './opened-identity.ts'
import { advance, claimUnlock } from './rules.ts'

/** An unlock code that was right: the next key set, in memory, until a PIN is chosen. Hand it to `finishUnlock` or `discardUnlock`. */
export type PendingUnlock = {
  ok: true
  serial: SerialNumber
  profile: IdentityRecord['profile']
  keySet: number
  resetCode: Code<'reset'>
  keys: KeySet
}
export type UnlockRefusal = { ok: false; error: 'wrong-unlock-code' } | { ok: false; error: 'wait'; seconds: number } | OpenRefusal

/**
 * Opens an identity with the unlock code that answers its PIN reset code (STP-1, 5), locked or not: to change a PIN is to unlock.
 * The try is counted, durably, before the code is judged; a right code gives the count back. A key that could not be computed counts nothing.
 */
export function beginUnlock(platform: Platform, serial: SerialNumber, code: Code<'unlock'>): Promise<PendingUnlock | UnlockRefusal> {
  return withIdentity(platform, serial, (files, identity) => judgeUnlockCode(platform, files, identity, code))
}

async function judgeUnlockCode(
  platform: Platform,
  files: VaultFiles,
  identity: OpenIdentity,
  code: Code<'unlock'>,
): Promise<PendingUnlock | UnlockRefusal> {
  const claim = claimUnlock(identity.record, platform.now())
  if (!claim.ok) {
    await save(platform, files, identity, claim.record)
    return { ok: false, error: 'wait', seconds: Math.ceil(claim.waitMs / 1000) }
  }
  const boxKey = await deriveUnlockBoxKey(platform.argon2id, code, claim.record.unlockSalt)
  const counted = await save(platform, files, identity, claim.record)
  const { serial, record } = counted
  const unlockKey = await openUnlockBox(platform.aead, serial, boxKey, record)
  forget(boxKey)
  if (unlockKey === undefined) return { ok: false, error: 'wrong-unlock-code' }
  await save(platform, files, counted, { ...record, wrongUnlocks: 0, waitUntil: 0 })
  const keys = nextKeySet(unlockKey, record.resetCode)
  forget(unlockKey)
  return { ok: true, serial, profile: record.profile, keySet: record.keySet, resetCode: record.resetCode, keys }
}

export type Unlocked = { ok: true; picture: Picture }
/** `changed`: another window unlocked or re-created the identity meanwhile; the keys in hand are discarded. */
export type FinishRefusal = { ok: false; error: 'weak-pin'; reason: PinRefusal } | { ok: false; error: 'changed' } | OpenRefusal

/**
 * Begins the next key set under a new PIN (the old one may be chosen again): one write, conditional on the old record being there,
 * under a fresh platform key (STP-1, 5). A refused PIN, or a failure, costs nothing and leaves `pending` good for another try; after any other end it
 * is spent.
 */
export async function finishUnlock(platform: Platform, pending: PendingUnlock, pin: string): Promise<Unlocked | FinishRefusal> {
  const reason = pinRefusal(pin, pending.profile.pinMinimum)
  if (reason !== undefined) return { ok: false, error: 'weak-pin', reason }
  const finished = await withIdentity(platform, pending.serial, (files, identity) =>
    beginNextKeySet(platform, files, identity, pending, pin),
  )
  discardUnlock(pending)
  return finished
}

/** Forgets the keys of an unlock that is not finished. Nothing was stored; the unlock code stays good. */
export function discardUnlock(pending: PendingUnlock): void {
  forgetKeySet(pending.keys)
}

async function beginNextKeySet(
  platform: Platform,
  files: VaultFiles,
  { serial, keyId, record }: OpenIdentity,
  pending: PendingUnlock,
  pin: string,
): Promise<Unlocked | FinishRefusal> {
  if (record.keySet !== pending.keySet || record.resetCode !== pending.resetCode) return { ok: false, error: 'changed' }
  const deviceSalt = await openDeviceSalt(platform, files)
  if (typeof deviceSalt === 'string') return { ok: false, error: deviceSalt }
  const { pinMinimum } = record.profile
  const { boxes, picture } = await boxIdentity(platform, {
    serial,
    keys: pending.keys,
    pin,
    pinMinimum,
    deviceSalt,
    resetBefore: record.resetCode,
  })
  const next: IdentityRecord = {
    ...advance(record, 'unlock'),
    ...boxes,
    keySet: record.keySet + 1,
    wrongUnlocks: 0,
    waitUntil: 0,
    lastShownStep: undefined,
    clockSeen: platform.now(),
  }
  const nextKey = await saveUnderFreshKey(platform, files, serial, next, keyId)
  await keepSaltNear(platform, files, deviceSalt, nextKey)
  forget(deviceSalt)
  return { ok: true, picture }
}
