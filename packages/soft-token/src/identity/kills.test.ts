import { expect, test } from 'vitest'
import { cloneDisk, deviceSaltOf, givesRightCode, lockToken, otherPin, unlockToken } from '../../test/course.ts'
import { type Disk, Killed, type MemoryPlatform, makeDisk, seededDraw, startProcess } from '../../test/memory-platform.ts'
import { activateToken, answer, issue, type ServerToken } from '../../test/server-half.ts'
import { addIdentity } from './add-identity.ts'
import { confirmRegistration } from './change-identity.ts'
import { listIdentities } from './list-identities.ts'
import { removeIdentity } from './remove-identity.ts'
import { showCode } from './show-code.ts'
import { beginUnlock, finishUnlock } from './unlock-identity.ts'

const PIN = '184027'
const NEW_PIN = '905813'

type Prepared = { disk: Disk; token: ServerToken; wrongPin: string }

async function prepare(locked: boolean): Promise<Prepared> {
  const disk = makeDisk()
  const platform = startProcess(disk, seededDraw(11))
  await activateToken(platform, 'Bank', PIN)
  const token = await activateToken(platform, 'Work', PIN)
  await showCode(platform, token.serial, PIN)
  const wrongPin = otherPin(await deviceSaltOf(platform), PIN, 'caught')
  if (locked) await lockToken(platform, token, PIN)
  return { disk, token, wrongPin }
}

/** Runs `act` killed at its first, second, third … step, until it gets through; `check` sees each restarted process. */
async function killEverywhere(
  disk: Disk,
  act: (platform: MemoryPlatform) => Promise<unknown>,
  check: (platform: MemoryPlatform, disk: Disk, killed: boolean) => Promise<void>,
): Promise<number> {
  for (let fuse = 0; ; fuse += 1) {
    const copy = cloneDisk(disk)
    copy.fuse = fuse
    const killed = await act(startProcess(copy, seededDraw(1000 + fuse))).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Killed) return true
        throw error
      },
    )
    copy.fuse = undefined
    await check(startProcess(copy, seededDraw(5000 + fuse)), copy, killed)
    if (!killed) return fuse
  }
}

/** Every file in one copy that opens, and no key that nothing is sealed under. */
async function expectWhole(platform: MemoryPlatform, disk: Disk): Promise<number> {
  const { identities, unreadable } = await listIdentities(platform)
  expect(unreadable).toEqual([])
  for (const identity of identities) expect(['registering', 'active', 'locked']).toContain(identity.state)
  for (const identity of identities) expect([...(disk.files.get(identity.serial)?.keys() ?? [])]).toEqual(['current'])
  expect(disk.keys.size).toBeLessThanOrEqual(identities.length + 1)
  return identities.length
}

test('killed while an identity is added: it is there with its registration code, or it never was', async () => {
  const disk = makeDisk()
  const { serial, code } = issue(seededDraw(1))
  const steps = await killEverywhere(
    disk,
    (platform) => addIdentity(platform, { label: 'Work', serial, code, pin: PIN }),
    async (platform, after, killed) => {
      const count = await expectWhole(platform, after)
      if (!killed) expect(count).toBe(1)
      if (count === 0) {
        expect(await addIdentity(platform, { label: 'Work', serial, code, pin: NEW_PIN })).toMatchObject({ ok: true })
        return
      }
      expect((await listIdentities(platform)).identities[0]?.registrationCode).toBeDefined()
      expect(await showCode(platform, serial, PIN)).toMatchObject({ ok: true })
    },
  )
  expect(steps).toBeGreaterThanOrEqual(8)
})

test.each([0, 1, 2, 3])('killed at a wrong PIN after %i others: no free try, and the fifth always locks', async (before) => {
  const { disk, token, wrongPin } = await prepare(false)
  const platform = startProcess(disk, seededDraw(2))
  for (let tries = 0; tries < before; tries += 1) await showCode(platform, token.serial, wrongPin)
  await killEverywhere(
    disk,
    (process) => showCode(process, token.serial, wrongPin),
    async (process, after, killed) => {
      expect(await expectWhole(process, after)).toBe(2)
      const identity = (await listIdentities(process)).identities.find(({ serial }) => serial === token.serial)
      expect(identity?.triesLeft).toBeLessThanOrEqual(5 - before)
      expect(identity?.triesLeft).toBeGreaterThanOrEqual(5 - before - 1)
      if (!killed) expect(identity?.triesLeft).toBe(5 - before - 1)
      expect(await givesRightCode(process, token, PIN)).toBe(true)
    },
  )
})

test('killed at the fifth wrong PIN: from the count on, the identity locks and its box is overwritten', async () => {
  const { disk, token, wrongPin } = await prepare(false)
  const platform = startProcess(disk, seededDraw(2))
  for (let tries = 0; tries < 4; tries += 1) await showCode(platform, token.serial, wrongPin)
  let locked = 0
  const steps = await killEverywhere(
    disk,
    (process) => showCode(process, token.serial, wrongPin),
    async (process, after) => {
      await expectWhole(process, after)
      const identity = (await listIdentities(process)).identities.find(({ serial }) => serial === token.serial)
      if (identity?.state === 'locked') {
        locked += 1
        expect(await showCode(process, token.serial, PIN)).toMatchObject({ error: 'locked' })
      } else {
        expect(identity?.triesLeft).toBe(1)
      }
      const next = await unlockToken(process, token, NEW_PIN)
      expect(await givesRightCode(process, next, NEW_PIN)).toBe(true)
    },
  )
  expect(locked).toBeGreaterThan(steps / 2)
})

test('killed at a right PIN: at most tries are lost, never the identity', async () => {
  const { disk, token, wrongPin } = await prepare(false)
  const platform = startProcess(disk, seededDraw(2))
  for (let tries = 0; tries < 3; tries += 1) await showCode(platform, token.serial, wrongPin)
  await killEverywhere(
    disk,
    (process) => showCode(process, token.serial, PIN),
    async (process, after) => {
      await expectWhole(process, after)
      expect(await givesRightCode(process, token, PIN)).toBe(true)
    },
  )
})

test.each([true, false])('killed at an unlock (locked: %s): the old key set whole, or the next one whole', async (locked) => {
  const { disk, token } = await prepare(locked)
  const identity = (await listIdentities(startProcess(disk, seededDraw(3)))).identities.find(({ serial }) => serial === token.serial)
  if (identity === undefined) throw new Error('it is there')
  const { unlock, next } = answer(token, identity.resetCode)
  const outcomes = new Set<string>()
  await killEverywhere(
    disk,
    async (process) => {
      const pending = await beginUnlock(process, token.serial, unlock)
      if (!pending.ok) throw new Error(pending.error)
      return finishUnlock(process, pending, NEW_PIN)
    },
    async (process, after, killed) => {
      expect(await expectWhole(process, after)).toBe(2)
      const found = (await listIdentities(process)).identities.find(({ serial }) => serial === token.serial)
      const begun = found?.resetCode !== identity.resetCode
      outcomes.add(begun ? 'next' : 'old')
      if (!killed) expect(begun).toBe(true)
      if (begun) {
        expect(await givesRightCode(process, next, NEW_PIN)).toBe(true)
        return
      }
      expect(found?.state).toBe(locked ? 'locked' : 'registering')
      if (!locked) expect(await givesRightCode(process, token, PIN)).toBe(true)
      const unlocked = await unlockToken(process, token, NEW_PIN)
      expect(await givesRightCode(process, unlocked, NEW_PIN)).toBe(true)
    },
  )
  expect([...outcomes].sort()).toEqual(['next', 'old'])
})

test('killed while a registration is confirmed: the code is there, or erased', async () => {
  const disk = makeDisk()
  const token = await activateToken(startProcess(disk, seededDraw(4)), 'Work', PIN)
  const [identity] = (await listIdentities(startProcess(disk, seededDraw(5)))).identities
  const code = identity?.registrationCode ?? ('' as never)
  await killEverywhere(
    disk,
    (process) => confirmRegistration(process, token.serial, code),
    async (process, after) => {
      await expectWhole(process, after)
      expect(await givesRightCode(process, token, PIN)).toBe(true)
    },
  )
})

test('killed while an identity is removed: it is there whole, or gone with its key', async () => {
  const { disk, token } = await prepare(false)
  const counts = new Set<number>()
  await killEverywhere(
    disk,
    (process) => removeIdentity(process, token.serial),
    async (process, after) => {
      const count = await expectWhole(process, after)
      counts.add(count)
      expect(after.keys.size).toBe(count + 1)
      if (count === 2) expect(await givesRightCode(process, token, PIN)).toBe(true)
    },
  )
  expect([...counts].sort()).toEqual([1, 2])
})

test('killed while a kill’s leftovers are cleared away: the next start clears them', async () => {
  const { disk, token } = await prepare(true)
  const identity = (await listIdentities(startProcess(disk, seededDraw(3)))).identities.find(({ serial }) => serial === token.serial)
  if (identity === undefined) throw new Error('it is there')
  const { unlock, next } = answer(token, identity.resetCode)
  await killEverywhere(
    disk,
    async (process) => {
      const pending = await beginUnlock(process, token.serial, unlock)
      return pending.ok ? finishUnlock(process, pending, NEW_PIN) : pending
    },
    async (_process, after) => {
      await killEverywhere(
        after,
        (process) => listIdentities(process),
        async (process, twice) => {
          expect(await expectWhole(process, twice)).toBe(2)
          const found = (await listIdentities(process)).identities.find(({ serial }) => serial === token.serial)
          if (found?.resetCode !== identity.resetCode) expect(await givesRightCode(process, next, NEW_PIN)).toBe(true)
        },
      )
    },
  )
})

test('killed while an identity that cannot be read is replaced: it is there as it was, gone, or new and whole; the others stay', async () => {
  const { disk, token } = await prepare(false)
  disk.files.get(token.serial)?.set('current', new Uint8Array(90))
  const { serial, code } = issue(seededDraw(1))
  await killEverywhere(
    disk,
    (process) => addIdentity(process, { label: 'Work', serial: token.serial, code, pin: NEW_PIN }),
    async (process, _after, killed) => {
      const { identities, unreadable } = await listIdentities(process)
      expect(identities.some(({ label }) => label === 'Bank')).toBe(true)
      if (!killed) expect([identities.length, unreadable.length]).toEqual([2, 0])
      const again = await addIdentity(process, { label: 'Next', serial, code, pin: NEW_PIN })
      expect(again).toMatchObject({ ok: true })
    },
  )
})
