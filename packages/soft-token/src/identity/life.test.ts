import { securityCode, stepAt } from '@latchkey/protocol/otp/totp'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import { beforeEach, expect, test } from 'vitest'
import { deviceSaltOf, givesRightCode, lockToken, otherPin, unlockToken } from '../../test/course.ts'
import { type Disk, type MemoryPlatform, makeDisk, seededDraw, startProcess } from '../../test/memory-platform.ts'
import { activateToken, answer, issue, type ServerToken } from '../../test/server-half.ts'
import { KeyUnreachable } from '../platform.ts'
import { openOrMakeDeviceSalt } from '../vault/device-salt.ts'
import { DEVICE_SALT, encloseWith } from '../vault/envelope.ts'
import { addIdentity } from './add-identity.ts'
import { confirmRegistration, renameIdentity } from './change-identity.ts'
import { listIdentities } from './list-identities.ts'
import { openIdentity } from './opened-identity.ts'
import { removeIdentity } from './remove-identity.ts'
import { giveStepBack, showCode } from './show-code.ts'
import { beginUnlock, discardUnlock, finishUnlock } from './unlock-identity.ts'

const PIN = '184027'
const OTHER_PIN = '905813'
const STEP = 30_000

let disk: Disk
let platform: MemoryPlatform
let token: ServerToken

beforeEach(async () => {
  disk = makeDisk()
  platform = startProcess(disk, seededDraw(7))
  token = await activateToken(platform, 'Work', PIN)
})

async function stateOf(serial = token.serial) {
  const { identities } = await listIdentities(platform)
  return identities.find((identity) => identity.serial === serial)
}

async function caughtPin(from = 0): Promise<string> {
  return otherPin(await deviceSaltOf(platform), PIN, 'caught', from)
}

test('an activated identity is registering until the person says otherwise, and its codes are the server’s', async () => {
  expect((await stateOf())?.state).toBe('registering')
  expect(await givesRightCode(platform, token, PIN)).toBe(true)
  expect(await stateOf()).toMatchObject({ state: 'registering', registrationCode: expect.any(String) })
})

test('a right PIN at the last try sets the count back and keeps the registration code', async () => {
  const wrong = await caughtPin()
  for (let tries = 0; tries < 4; tries += 1) await showCode(platform, token.serial, wrong)
  expect(await givesRightCode(platform, token, PIN)).toBe(true)
  expect(await stateOf()).toMatchObject({ state: 'registering', triesLeft: 5, registrationCode: expect.any(String) })
})

test('saying that the registration code is registered erases it', async () => {
  expect((await stateOf())?.registrationCode).toBeDefined()
  const code = (await stateOf())?.registrationCode ?? ('' as never)
  expect(await confirmRegistration(platform, token.serial, 'another' as typeof code)).toEqual({ ok: true })
  expect((await stateOf())?.registrationCode).toBe(code)
  expect(await confirmRegistration(platform, token.serial, code)).toEqual({ ok: true })
  expect(await stateOf()).toMatchObject({ state: 'active', registrationCode: undefined, triesLeft: 5 })
})

test('caught PINs count down to the lock; the fifth locks and shows the PIN reset code', async () => {
  const wrong = await caughtPin()
  for (const triesLeft of [4, 3, 2, 1]) {
    expect(await showCode(platform, token.serial, wrong)).toEqual({ ok: false, error: 'wrong-pin', triesLeft })
    expect((await stateOf())?.triesLeft).toBe(triesLeft)
  }
  const locked = await showCode(platform, token.serial, wrong)
  expect(locked).toEqual({ ok: false, error: 'locked', resetCode: (await stateOf())?.resetCode })
  expect(await stateOf()).toMatchObject({ state: 'locked', triesLeft: 0 })
  expect(await showCode(platform, token.serial, PIN)).toMatchObject({ ok: false, error: 'locked' })
})

test('a lock keeps the registration code: a person who has not registered yet can still do so', async () => {
  const before = (await stateOf())?.registrationCode
  await lockToken(platform, token, PIN)
  expect((await stateOf())?.registrationCode).toBe(before)
})

test('a PIN that the hint lets through sets the count back, shows a wrong code and another picture', async () => {
  const wrong = await caughtPin()
  for (let tries = 0; tries < 4; tries += 1) await showCode(platform, token.serial, wrong)
  const through = otherPin(await deviceSaltOf(platform), PIN, 'let-through')
  const shown = await showCode(platform, token.serial, through)
  const right = await showCode(platform, token.serial, PIN)
  if (!shown.ok || !right.ok) throw new Error('the hint lets both through')
  expect(shown.code).not.toBe(securityCode(token.keys.otp, shown.step, 6))
  expect(shown.picture).not.toEqual(right.picture)
  expect((await stateOf())?.triesLeft).toBe(5)
})

test.each(['18402', '1840271840271', '18402a', '', ' 184027', '١٨٤٠٢٧'])('%j is no PIN: neither judged nor counted', async (entry) => {
  expect(await showCode(platform, token.serial, entry)).toEqual({ ok: false, error: 'length' })
  expect((await stateOf())?.triesLeft).toBe(5)
})

test('two windows at once have five tries together, not ten', async () => {
  const wrong = await caughtPin()
  const other = startProcess(disk, seededDraw(8))
  const entries = Array.from({ length: 10 }, (_, index) => showCode(index % 2 === 0 ? platform : other, token.serial, wrong))
  const answers = await Promise.all(entries)
  expect(answers.filter((shown) => !shown.ok && shown.error === 'wrong-pin')).toHaveLength(4)
  expect(answers.filter((shown) => !shown.ok && shown.error === 'locked')).toHaveLength(6)
})

test('a second entry at once gives the code of the next step; a third waits for its own', async () => {
  const now = stepAt(platform.clock.now)
  const steps: number[] = []
  for (let entry = 0; entry < 3; entry += 1) {
    const shown = await showCode(platform, token.serial, PIN)
    if (!shown.ok) throw new Error(shown.error)
    steps.push(shown.step)
    expect(shown.code).toBe(securityCode(token.keys.otp, shown.step, 6))
    expect(shown.shownFrom).toBe((shown.step - 1) * STEP)
    expect(shown.shownUntil).toBe((shown.step + 2) * STEP)
  }
  expect(steps).toEqual([now, now + 1, now + 2])
})

test('a step that was not waited for is given back, but not one that was shown since', async () => {
  const first = await showCode(platform, token.serial, PIN)
  const second = await showCode(platform, token.serial, PIN)
  if (!first.ok || !second.ok) throw new Error('both are right')
  await giveStepBack(platform, token.serial, first)
  expect(await showCode(platform, token.serial, PIN)).toMatchObject({ step: second.step + 1 })
  await giveStepBack(platform, token.serial, { step: second.step + 1, keySet: 0 })
  expect(await showCode(platform, token.serial, PIN)).toMatchObject({ step: second.step + 1 })
})

test('a step of an earlier key set is not given back', async () => {
  const shown = await showCode(platform, token.serial, PIN)
  if (!shown.ok) throw new Error(shown.error)
  await unlockToken(platform, token, PIN)
  const under = await showCode(platform, token.serial, PIN)
  if (!under.ok) throw new Error(under.error)
  await giveStepBack(platform, token.serial, { step: under.step, keySet: shown.keySet })
  expect(await showCode(platform, token.serial, PIN)).toMatchObject({ step: under.step + 1 })
})

test('a clock that was set back by a day is noted and shows the right code at once', async () => {
  platform.clock.now += 86_400_000
  await showCode(platform, token.serial, PIN)
  platform.clock.now -= 86_400_000
  const shown = await showCode(platform, token.serial, PIN)
  expect(shown).toMatchObject({ ok: true, step: stepAt(platform.clock.now), clockSetBack: true })
  expect((await stateOf())?.clockSetBackAt).toBe(platform.clock.now)
  expect(await showCode(platform, token.serial, PIN)).toMatchObject({ ok: true, clockSetBack: false, step: stepAt(platform.clock.now) + 1 })
})

test.each([2_147_483_648_000, 4_294_967_296_000, 4_102_444_799_000])(
  'at %i ms, beyond 2038 and 2106, codes are the server’s',
  async (now) => {
    platform.clock.now = now
    const shown = await showCode(platform, token.serial, PIN)
    expect(shown).toMatchObject({ ok: true, code: securityCode(token.keys.otp, Math.floor(now / STEP), 6) })
  },
)

test('the unlock code opens a locked token and begins the next key set', async () => {
  await lockToken(platform, token, PIN)
  const before = (await stateOf())?.resetCode
  const next = await unlockToken(platform, token, OTHER_PIN)
  expect(await stateOf()).toMatchObject({ state: 'active', triesLeft: 5, registrationCode: undefined })
  expect((await stateOf())?.resetCode).not.toBe(before)
  expect(await givesRightCode(platform, next, OTHER_PIN)).toBe(true)
  expect(await givesRightCode(platform, token, OTHER_PIN)).toBe(false)
})

test('to change a PIN is to unlock: the same from an active token, again and again', async () => {
  let current = token
  for (const pin of [OTHER_PIN, PIN, PIN]) {
    current = await unlockToken(platform, current, pin)
    expect(await givesRightCode(platform, current, pin)).toBe(true)
  }
})

test('an unlock code that was used opens nothing any more', async () => {
  const { unlock } = answer(token, (await stateOf())?.resetCode ?? ('' as never))
  await unlockToken(platform, token, OTHER_PIN)
  expect(await beginUnlock(platform, token.serial, unlock)).toEqual({ ok: false, error: 'wrong-unlock-code' })
})

test('wrong unlock codes are counted: after the fifth a minute, doubling to an hour; a right one sets the count back', async () => {
  const identity = await stateOf()
  if (identity === undefined) throw new Error('it is there')
  const wrong = unlockCode(token.keys.sign, token.serial, identity.resetCode)
  for (let tries = 0; tries < 5; tries += 1) {
    expect(await beginUnlock(platform, token.serial, wrong)).toEqual({ ok: false, error: 'wrong-unlock-code' })
  }
  for (const seconds of [60, 120, 240, 480, 960, 1920, 3600, 3600]) {
    expect(await beginUnlock(platform, token.serial, wrong)).toEqual({ ok: false, error: 'wait', seconds })
    platform.clock.now += seconds * 1000 - 1
    expect(await beginUnlock(platform, token.serial, wrong)).toEqual({ ok: false, error: 'wait', seconds: 1 })
    platform.clock.now += 1
    expect(await beginUnlock(platform, token.serial, wrong)).toEqual({ ok: false, error: 'wrong-unlock-code' })
  }
  platform.clock.now += 3_600_000
  const pending = await beginUnlock(platform, token.serial, unlockCode(token.keys.unlock, token.serial, identity.resetCode))
  if (!pending.ok) throw new Error(pending.error)
  discardUnlock(pending)
  expect(await beginUnlock(platform, token.serial, wrong)).toEqual({ ok: false, error: 'wrong-unlock-code' })
})

test('a right unlock code is not judged during a wait', async () => {
  const identity = await stateOf()
  if (identity === undefined) throw new Error('it is there')
  const wrong = unlockCode(token.keys.sign, token.serial, identity.resetCode)
  for (let tries = 0; tries < 5; tries += 1) await beginUnlock(platform, token.serial, wrong)
  expect(await beginUnlock(platform, token.serial, answer(token, identity.resetCode).unlock)).toMatchObject({ error: 'wait' })
})

test('a clock set back does not lengthen a wait', async () => {
  const identity = await stateOf()
  if (identity === undefined) throw new Error('it is there')
  const wrong = unlockCode(token.keys.sign, token.serial, identity.resetCode)
  for (let tries = 0; tries < 5; tries += 1) await beginUnlock(platform, token.serial, wrong)
  platform.clock.now -= 86_400_000
  expect(await beginUnlock(platform, token.serial, wrong)).toEqual({ ok: false, error: 'wait', seconds: 60 })
  platform.clock.now += 60_000
  expect(await beginUnlock(platform, token.serial, wrong)).toEqual({ ok: false, error: 'wrong-unlock-code' })
})

test('a refused new PIN costs nothing: the keys in hand stay good', async () => {
  const { unlock, next } = answer(token, (await stateOf())?.resetCode ?? ('' as never))
  const pending = await beginUnlock(platform, token.serial, unlock)
  if (!pending.ok) throw new Error(pending.error)
  expect(await finishUnlock(platform, pending, '123456')).toEqual({ ok: false, error: 'weak-pin', reason: 'run' })
  expect(await finishUnlock(platform, pending, OTHER_PIN)).toMatchObject({ ok: true })
  expect(await givesRightCode(platform, next, OTHER_PIN)).toBe(true)
})

test('of two windows that unlock at once, the later one finds the record changed and discards its keys', async () => {
  const { unlock, next } = answer(token, (await stateOf())?.resetCode ?? ('' as never))
  const other = startProcess(disk, seededDraw(9))
  const mine = await beginUnlock(platform, token.serial, unlock)
  const theirs = await beginUnlock(other, token.serial, unlock)
  if (!mine.ok || !theirs.ok) throw new Error('both hold the right code')
  expect(await finishUnlock(other, theirs, OTHER_PIN)).toMatchObject({ ok: true })
  expect(await finishUnlock(platform, mine, PIN)).toEqual({ ok: false, error: 'changed' })
  expect(mine.keys.otp.every((byte) => byte === 0)).toBe(true)
  expect(await givesRightCode(platform, next, OTHER_PIN)).toBe(true)
})

test('after an unlock the old platform key is gone, and nothing is left of the old record', async () => {
  const keysBefore = [...disk.keys.keys()]
  await unlockToken(platform, token, OTHER_PIN)
  expect(keysBefore.filter((id) => disk.keys.has(id))).toHaveLength(1)
  expect([...(disk.files.get(token.serial)?.keys() ?? [])]).toEqual(['current'])
})

test('identities under one PIN share the device salt; it goes with the last of them', async () => {
  const second = await activateToken(platform, 'Bank', PIN)
  expect(await givesRightCode(platform, second, PIN)).toBe(true)
  const salt = await deviceSaltOf(platform)
  expect(await removeIdentity(platform, token.serial)).toBe(true)
  expect(await deviceSaltOf(platform)).toEqual(salt)
  expect(await removeIdentity(platform, second.serial)).toBe(true)
  expect(disk.keys.size).toBe(0)
  expect([...disk.files.values()].every((copies) => copies.size === 0)).toBe(true)
})

test('removing what is not there changes nothing', async () => {
  const { serial } = issue(platform.draw)
  expect(await removeIdentity(platform, serial)).toBe(false)
  expect(await stateOf()).toBeDefined()
})

test('a name or a serial number that is in the vault is refused, and nothing is stored', async () => {
  const { serial, code } = issue(platform.draw)
  expect(await addIdentity(platform, { label: 'Work', serial, code, pin: PIN })).toEqual({
    ok: false,
    error: 'name-taken',
    takenBy: 'name',
  })
  const again = issue(seededDraw(7))
  expect(again.serial).toBe(token.serial)
  expect(await addIdentity(platform, { label: 'Other', ...again, pin: PIN })).toEqual({ ok: false, error: 'name-taken', takenBy: 'serial' })
  expect((await listIdentities(platform)).identities).toHaveLength(1)
})

test('a weak PIN makes no identity and no device salt', async () => {
  const empty = makeDisk()
  const { serial, code } = issue(platform.draw)
  const refused = await addIdentity(startProcess(empty, seededDraw(3)), { label: 'Work', serial, code, pin: '121212' })
  expect(refused).toEqual({ ok: false, error: 'weak-pin', reason: 'repeat' })
  expect(empty.files.size).toBe(0)
})

test('an identity can be renamed, but not to a name that is taken', async () => {
  await activateToken(platform, 'Bank', PIN)
  expect(await renameIdentity(platform, token.serial, 'Bank')).toEqual({ ok: false, error: 'name-taken' })
  expect(await renameIdentity(platform, token.serial, 'Office')).toEqual({ ok: true })
  expect(await renameIdentity(platform, token.serial, 'Office')).toEqual({ ok: true })
  expect((await stateOf())?.label).toBe('Office')
})

test('what is not there is refused by every verb', async () => {
  const { serial } = issue(platform.draw)
  const refusal = { ok: false, error: 'no-such-identity' }
  expect(await showCode(platform, serial, PIN)).toEqual(refusal)
  expect(await confirmRegistration(platform, serial, '' as never)).toEqual(refusal)
  expect(await renameIdentity(platform, serial, 'X')).toEqual(refusal)
  expect(await beginUnlock(platform, serial, answer(token, (await stateOf())?.resetCode ?? ('' as never)).unlock)).toEqual(refusal)
})

test('identities are listed by name', async () => {
  await activateToken(platform, 'Bank', PIN)
  await activateToken(platform, 'Zoo', PIN)
  expect((await listIdentities(platform)).identities.map(({ label }) => label)).toEqual(['Bank', 'Work', 'Zoo'])
})

test('without the device salt no PIN is judged, and none is counted', async () => {
  disk.files.get(DEVICE_SALT)?.set('current', new Uint8Array(90))
  expect(await showCode(platform, token.serial, PIN)).toEqual({ ok: false, error: 'vault-damaged' })
  expect((await stateOf())?.triesLeft).toBe(5)
  const { serial, code } = issue(platform.draw)
  expect(await addIdentity(platform, { label: 'Bank', serial, code, pin: PIN })).toEqual({ ok: false, error: 'vault-damaged' })
})

test('a record that does not open, or is no record, is told of and left; the others are listed', async () => {
  const other = await activateToken(platform, 'Bank', PIN)
  const whole = disk.files.get(token.serial)?.get('current') ?? new Uint8Array(0)
  for (const [spoilt, error] of [
    [whole.slice(0, 60), 'vault-damaged'],
    [whole.map((byte, index) => (index === 3 ? 2 : byte)), 'vault-newer'],
  ] as const) {
    disk.files.get(token.serial)?.set('current', spoilt)
    const { identities, unreadable } = await listIdentities(platform)
    expect(unreadable).toEqual([{ serial: token.serial, error }])
    expect(identities.map(({ serial }) => serial)).toEqual([other.serial])
    expect(await showCode(platform, token.serial, PIN)).toEqual({ ok: false, error })
    expect(disk.files.get(token.serial)?.get('current')).toEqual(spoilt)
  }
})

test('a sealed text that is no record is damaged', async () => {
  const key = await platform.keys.draw()
  const bytes = await encloseWith(key.seal, key.id, token.serial, new Uint8Array(10))
  await platform.keys.keep(key)
  disk.files.get(token.serial)?.set('current', bytes)
  expect(await showCode(platform, token.serial, PIN)).toEqual({ ok: false, error: 'vault-damaged' })
})

test('an unlock begins the key set after the one before, and only from the record that was opened', async () => {
  const before = await stateOf()
  const { unlock } = answer(token, before?.resetCode ?? ('' as never))
  const pending = await beginUnlock(platform, token.serial, unlock)
  if (!pending.ok) throw new Error(pending.error)
  expect(pending.keySet).toBe(0)
  const resetBefore = pending.resetCode
  expect(await finishUnlock(platform, { ...pending, keySet: 1 }, OTHER_PIN)).toEqual({ ok: false, error: 'changed' })
  const again = await beginUnlock(platform, token.serial, unlock)
  if (!again.ok) throw new Error(again.error)
  expect(await finishUnlock(platform, { ...again, resetCode: 'FABMR9V5' as typeof resetBefore }, OTHER_PIN)).toEqual({
    ok: false,
    error: 'changed',
  })
  const last = await beginUnlock(platform, token.serial, unlock)
  if (!last.ok) throw new Error(last.error)
  await finishUnlock(platform, last, OTHER_PIN)
  const shown = await showCode(platform, token.serial, OTHER_PIN)
  expect(shown).toMatchObject({ ok: true, keySet: 1 })
})

test('without the device salt an unlock is refused, and the unlock code stays good', async () => {
  const { unlock } = answer(token, (await stateOf())?.resetCode ?? ('' as never))
  const salt = disk.files.get(DEVICE_SALT)?.get('current') ?? new Uint8Array(0)
  const pending = await beginUnlock(platform, token.serial, unlock)
  if (!pending.ok) throw new Error(pending.error)
  disk.files.get(DEVICE_SALT)?.set('current', new Uint8Array(90))
  expect(await finishUnlock(platform, pending, OTHER_PIN)).toEqual({ ok: false, error: 'vault-damaged' })
  disk.files.get(DEVICE_SALT)?.set('current', salt)
  expect(await beginUnlock(platform, token.serial, unlock)).toMatchObject({ ok: true })
})

test('what a lock leaves in the place of the hint has the hint’s range', async () => {
  for (const pinMinimum of [6, 8] as const) {
    const pin = '18402795'
    const locked = await activateToken(platform, `minimum ${pinMinimum}`, pin, { digits: 6, pinMinimum })
    const wrong = otherPin(await deviceSaltOf(platform), pin, 'caught', 0, pinMinimum)
    for (let tries = 0; tries < 5; tries += 1) await showCode(platform, locked.serial, wrong)
    const opened = await platform.storage.exclusively((files) => openIdentity(platform, files, locked.serial))
    expect('error' in opened ? 99 : opened.record.pinHint).toBeLessThan(pinMinimum === 6 ? 16 : 64)
  }
})

test('a stray file in the vault is no identity', async () => {
  disk.files.set('notes', new Map([['current', new Uint8Array(5)]]))
  expect(await listIdentities(platform)).toMatchObject({ identities: [{ label: 'Work' }], unreadable: [] })
})

test('a missing device salt is not replaced while identities rest on it: their right PINs would lock them', async () => {
  disk.files.delete(DEVICE_SALT)
  const { serial, code } = issue(platform.draw)
  expect(await addIdentity(platform, { label: 'Bank', serial, code, pin: PIN })).toEqual({ ok: false, error: 'vault-damaged' })
  expect(await showCode(platform, token.serial, PIN)).toEqual({ ok: false, error: 'vault-damaged' })
  expect((await stateOf())?.triesLeft).toBe(5)
})

test('a copy of another identity under this name has no key of its own: removing it leaves the other whole', async () => {
  const { serial } = issue(platform.draw)
  disk.files.set(serial, new Map([['current', disk.files.get(token.serial)?.get('current')?.slice() ?? new Uint8Array(0)]]))
  expect((await listIdentities(platform)).unreadable).toEqual([{ serial, error: 'vault-damaged' }])
  expect(await removeIdentity(platform, serial)).toBe(true)
  expect(await givesRightCode(platform, token, PIN)).toBe(true)
})

test('a key that cannot be reached takes no other identity away, and may be removed all the same', async () => {
  const other = await activateToken(platform, 'Bank', PIN)
  const before = await stateOf()
  const away: MemoryPlatform = {
    ...platform,
    keys: {
      ...platform.keys,
      open: async (id, sealed, additional) => {
        if (id.join() === before?.keyId.join()) throw new KeyUnreachable()
        return platform.keys.open(id, sealed, additional)
      },
      forget: async (id) => {
        if (id.join() === before?.keyId.join()) throw new KeyUnreachable()
        return platform.keys.forget(id)
      },
    },
  }
  const { identities, unreadable } = await listIdentities(away)
  expect(identities.map(({ serial }) => serial)).toEqual([other.serial])
  expect(unreadable).toEqual([{ serial: token.serial, error: 'unreachable', cause: expect.any(KeyUnreachable) }])
  expect(await givesRightCode(away, other, PIN)).toBe(true)
  expect(await removeIdentity(away, token.serial)).toBe(true)
  expect((await listIdentities(platform)).unreadable).toEqual([])
})

test('the device salt goes with the last identity, whatever kill comes between', async () => {
  await removeIdentity(platform, token.serial)
  await platform.storage.exclusively((files) => openOrMakeDeviceSalt(platform, files))
  expect(disk.keys.size).toBe(1)
  await listIdentities(platform)
  expect(disk.keys.size).toBe(0)
})

const spoil = (name: string): void => void disk.files.get(name)?.set('current', new Uint8Array(90))

test('where neither the device salt nor any identity can be read, a new one is added at once; what cannot be read is left', async () => {
  disk.keys.clear()
  const { serial, code } = issue(platform.draw)
  expect(await addIdentity(platform, { label: 'Work', serial, code, pin: PIN })).toMatchObject({ ok: true })
  expect(await showCode(platform, serial, PIN)).toMatchObject({ ok: true })
  expect((await listIdentities(platform)).unreadable).toEqual([{ serial: token.serial, error: 'vault-damaged' }])
})

test('an identity of the same serial number that cannot be read is replaced, and another one stays as it is', async () => {
  const other = await activateToken(platform, 'Bank', PIN)
  spoil(token.serial)
  const again = issue(seededDraw(7))
  expect(again.serial).toBe(token.serial)
  expect(await addIdentity(platform, { label: 'Work', ...again, pin: OTHER_PIN })).toMatchObject({ ok: true })
  expect(await showCode(platform, token.serial, OTHER_PIN)).toMatchObject({ ok: true })
  expect(await givesRightCode(platform, other, PIN)).toBe(true)
  expect((await listIdentities(platform)).unreadable).toEqual([])
})

test('an identity of the same serial number that a newer version wrote, or whose key cannot be reached, is not replaced', async () => {
  const again = issue(seededDraw(7))
  const unreachable: MemoryPlatform = { ...platform, keys: { ...platform.keys, open: () => Promise.reject(new KeyUnreachable()) } }
  const newer = disk.files.get(token.serial)?.get('current')?.slice() ?? new Uint8Array(0)
  const taken = { ok: false, error: 'name-taken', takenBy: 'serial' }
  expect(await addIdentity(unreachable, { label: 'Other', ...again, pin: PIN })).toEqual(taken)
  newer[3] = 2
  disk.files.get(token.serial)?.set('current', newer)
  expect(await addIdentity(platform, { label: 'Other', ...again, pin: PIN })).toEqual(taken)
  expect(disk.files.get(token.serial)?.get('current')).toEqual(newer)
})

test('a device salt that cannot be read is not replaced while a newer version may read an identity', async () => {
  disk.files.get(token.serial)?.get('current')?.fill(2, 3, 4)
  spoil(DEVICE_SALT)
  const { serial, code } = issue(platform.draw)
  expect(await addIdentity(platform, { label: 'Bank', serial, code, pin: PIN })).toEqual({ ok: false, error: 'vault-damaged' })
})

test('an Argon2id that fails, out of memory perhaps, counts no unlock code as wrong, and takes no keys of a right one', async () => {
  const { unlock, next } = answer(token, (await stateOf())?.resetCode ?? ('' as never))
  const poor: MemoryPlatform = { ...platform, argon2id: () => Promise.reject(new RangeError('no memory')) }
  for (let tries = 0; tries < 9; tries += 1) await expect(beginUnlock(poor, token.serial, unlock)).rejects.toThrow('no memory')
  const pending = await beginUnlock(platform, token.serial, unlock)
  if (!pending.ok) throw new Error(pending.error)
  await expect(finishUnlock(poor, pending, OTHER_PIN)).rejects.toThrow('no memory')
  expect(await finishUnlock(platform, pending, OTHER_PIN)).toMatchObject({ ok: true })
  expect(await givesRightCode(platform, next, OTHER_PIN)).toBe(true)
})

test('an Argon2id that fails takes no step from the code that was asked for', async () => {
  const now = stepAt(platform.clock.now)
  const poor: MemoryPlatform = { ...platform, argon2id: () => Promise.reject(new RangeError('no memory')) }
  await expect(showCode(poor, token.serial, PIN)).rejects.toThrow('no memory')
  expect(await showCode(platform, token.serial, PIN)).toMatchObject({ ok: true, step: now })
})
