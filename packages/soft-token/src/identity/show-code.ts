import { forget } from '@latchkey/protocol/activation/keys'
import type { Code } from '@latchkey/protocol/codes/code'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { securityCode } from '@latchkey/protocol/otp/totp'
import { hasPinForm } from '../pins/pin-refusal.ts'
import type { Platform, VaultFiles } from '../platform.ts'
import { keepSaltNear, openDeviceSalt } from '../vault/device-salt.ts'
import { derivePinKey, openPinBox, type Picture, pictureOf, pinHint } from '../vault/pin-box.ts'
import type { IdentityRecord } from '../vault/record.ts'
import { PIN_TRIES } from './flow.ts'
import { lock, type OpenIdentity, type OpenRefusal, save, withIdentity } from './opened-identity.ts'
import { advance, noteClock, shownFrom, shownUntil, stateOf, stepToShow } from './rules.ts'

/** One code for one entry of the PIN. `shownFrom` and `shownUntil` in ms since 1970: before the first, the code is not to be shown yet. */
export type ShownCode = {
  ok: true
  code: string
  step: number
  keySet: number
  picture: Picture
  shownFrom: number
  shownUntil: number
  clockSetBack: boolean
}
export type CodeRefusal =
  | { ok: false; error: 'length' }
  | { ok: false; error: 'wrong-pin'; triesLeft: number }
  | { ok: false; error: 'locked'; resetCode: Code<'reset'> }
  | OpenRefusal

/**
 * A PIN is entered and gives a security code (STP-1, 3 and 4). The try is counted, durably, before the hint is judged; a PIN that the hint
 * lets through sets the count back and takes the step. Keys leave memory as soon as the code is computed.
 */
export async function showCode(platform: Platform, serial: SerialNumber, pin: string): Promise<ShownCode | CodeRefusal> {
  const judged = await withIdentity(platform, serial, (files, identity) => judgePin(platform, files, identity, pin))
  if (!judged.ok) return judged
  const { record, step, clockSetBack } = judged
  const pinKey = await derivePinKey(platform.argon2id, pin, record.pinSalt).catch(async (error: unknown) => {
    await giveStepBack(platform, serial, { step, keySet: record.keySet })
    throw error
  })
  const picture = pictureOf(pinKey)
  const keys = openPinBox(pinKey, record.pinBox)
  const code = securityCode(keys.otp, step, record.profile.digits)
  forget(pinKey, keys.otp, keys.sign)
  return { ok: true, code, step, keySet: record.keySet, picture, shownFrom: shownFrom(step), shownUntil: shownUntil(step), clockSetBack }
}

type Judged = { ok: true; record: IdentityRecord; step: number; clockSetBack: boolean } | CodeRefusal

async function judgePin(platform: Platform, files: VaultFiles, identity: OpenIdentity, pin: string): Promise<Judged> {
  const { pinMinimum } = identity.record.profile
  if (stateOf(identity.record).name === 'locked') return { ok: false, error: 'locked', resetCode: identity.record.resetCode }
  if (!hasPinForm(pin, pinMinimum)) return { ok: false, error: 'length' }
  const deviceSalt = await openDeviceSalt(platform, files)
  if (typeof deviceSalt === 'string') return { ok: false, error: deviceSalt }
  await keepSaltNear(platform, files, deviceSalt, identity.keyId)
  const claimed = advance(identity.record, 'claim-pin')
  const counted = await save(platform, files, identity, claimed)
  const passed = pinHint(deviceSalt, pin, pinMinimum) === claimed.pinHint
  forget(deviceSalt)
  return passed ? settlePassed(platform, files, counted) : settleCaught(platform, files, counted)
}

async function settlePassed(platform: Platform, files: VaultFiles, identity: OpenIdentity): Promise<Judged> {
  const now = platform.now()
  const passed = advance(identity.record, 'pin-passed')
  const { record: noted, setBack } = noteClock(passed, now)
  const step = stepToShow(noted, now)
  const record = { ...noted, lastShownStep: step }
  await save(platform, files, identity, record)
  return { ok: true, record, step, clockSetBack: setBack }
}

async function settleCaught(platform: Platform, files: VaultFiles, identity: OpenIdentity): Promise<CodeRefusal> {
  if (stateOf(identity.record).name !== 'last-try')
    return { ok: false, error: 'wrong-pin', triesLeft: PIN_TRIES - identity.record.failedPins }
  const { record } = await lock(platform, files, identity)
  return { ok: false, error: 'locked', resetCode: record.resetCode }
}

/** Gives a step back whose code was not shown after all, because the person did not wait for it. */
export async function giveStepBack(platform: Platform, serial: SerialNumber, shown: Pick<ShownCode, 'step' | 'keySet'>): Promise<void> {
  await withIdentity(platform, serial, async (files, identity) => {
    const { record } = identity
    if (record.keySet !== shown.keySet || record.lastShownStep !== shown.step) return
    await save(platform, files, identity, { ...record, lastShownStep: shown.step - 1 })
  })
}
