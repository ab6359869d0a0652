import { randomInt } from 'node:crypto'
import type { Profile } from '@latchkey/protocol/codes/profile'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { describe, expect, test } from 'vitest'
import { listIdentities } from '../../src/identity/list-identities.ts'
import { save, withIdentity } from '../../src/identity/opened-identity.ts'
import { pinRefusal } from '../../src/pins/pin-refusal.ts'
import type { Platform } from '../../src/platform.ts'
import { closePinBox, derivePinKey, openPinBox, pinHint } from '../../src/vault/pin-box.ts'
import { deviceSaltOf, lockToken, unlockToken } from '../course.ts'
import { makeDisk, seededDraw, startProcess } from '../memory-platform.ts'
import { activateToken } from '../server-half.ts'
import { liveThrough } from './history.ts'
import { beginStudy, joinBoxes, type Loot, openEverything, throughHints } from './thief.ts'

/** `LATCHKEY_ATTACKS=200 npm run attack` for the long form. */
const HISTORIES = Number(process.env.LATCHKEY_ATTACKS ?? 2)
const EVENTS = 30
const SIZE = 1_000_000

const SIX = Array.from({ length: SIZE }, (_, number) => String(number).padStart(6, '0'))
/** Of the hundred million PINs of eight digits, an equal share: every hundredth. */
const EIGHT = Array.from({ length: SIZE }, (_, number) => String(number * 100 + 37).padStart(8, '0'))

const CASES: readonly { name: string; profile: Profile; universe: readonly string[]; bits: number }[] = [
  { name: 'six digits', profile: { digits: 6, pinMinimum: 6 }, universe: SIX, bits: 4 },
  { name: 'eight digits', profile: { digits: 8, pinMinimum: 8 }, universe: EIGHT, bits: 6 },
]

/** 10^n / 2^b - 4σ of a universe. */
function leastRemaining(size: number, bits: number): number {
  const share = 2 ** -bits
  return size * share - 4 * Math.sqrt(size * share * (1 - share))
}

function drawPin(universe: readonly string[], minimum: 6 | 8): string {
  for (;;) {
    const pin = universe[randomInt(universe.length)] ?? ''
    if (pinRefusal(pin, minimum) === undefined) return pin
  }
}

describe.each(CASES)('a thief of every copy and every platform key, PINs of $name', ({ profile, universe, bits }) => {
  test.each(Array.from({ length: HISTORIES }, (_, seed) => [seed]))('learns nothing but the hint from history %i', async (seed) => {
    const pins = [drawPin(universe, profile.pinMinimum), drawPin(universe, profile.pinMinimum)]
    const { disk, events } = await liveThrough({ seed, profile, pins, events: EVENTS })
    expect(events).toContain('unlock')
    expect(events).toContain('killed')
    const loot = openEverything(disk)
    expect(loot.length).toBeGreaterThan(4)
    const study = beginStudy(universe, bits)
    expect(joinBoxes(study, loot)).toEqual([])
    for (const pin of pins) {
      const own = loot.filter((one) => throughHints(beginStudy([pin], bits), [one]).length > 0)
      const remaining = throughHints(study, own)
      expect(remaining).toContain(pin)
      expect(remaining.length).toBeGreaterThanOrEqual(leastRemaining(universe.length, bits))
    }
  })
})

const PROFILE: Profile = { digits: 6, pinMinimum: 6 }
const PIN = '184027'
const OTHER_PIN = '905813'

/** Kills an unlock at each of its steps in turn, and lets the person begin again with another PIN. */
async function lootOfInterruptedUnlocks(start: typeof startProcess): Promise<{ first: string; second: string }[]> {
  const found: { first: string; second: string }[] = []
  for (let course = 0; course < STEPS * TEARS; course += 1) {
    const disk = makeDisk()
    const token = await activateToken(startProcess(disk, seededDraw(course)), 'Work', PIN, PROFILE)
    disk.fuse = course % STEPS
    await unlockToken(start(disk, seededDraw(1000 + course)), token, PIN).catch(() => undefined)
    disk.fuse = undefined
    await unlockToken(start(disk, seededDraw(2000 + course)), token, OTHER_PIN).catch(() => undefined)
    found.push(...joinBoxes(beginStudy(SOME, 4), openEverything(disk)))
  }
  return found
}

/** An unlock takes fewer steps than this; each is tried with writes torn at several places. */
const STEPS = 24
const TEARS = 8

/** Enough PINs to find the right ones among; the join is what matters here. */
const SOME = [...SIX.slice(0, 1_000), PIN, OTHER_PIN]

test('an unlock that was killed at any step and begun again with another PIN seals no key set twice', async () => {
  expect(await lootOfInterruptedUnlocks(startProcess)).toEqual([])
})

test('a key that was kept although keeping it was reported to have failed seals no key set twice', async () => {
  const keptInSilence: typeof startProcess = (disk, draw, now) => {
    const platform = startProcess(disk, draw, now)
    const keep: Platform['keys']['keep'] = async (key) => {
      await platform.keys.keep(key)
      throw new Error('the keyring did not answer')
    }
    return { ...platform, keys: { ...platform.keys, keep } }
  }
  const disk = makeDisk()
  const token = await activateToken(startProcess(disk, seededDraw(1)), 'Work', PIN, PROFILE)
  await expect(unlockToken(keptInSilence(disk, seededDraw(2)), token, PIN)).rejects.toThrow('did not answer')
  await unlockToken(startProcess(disk, seededDraw(3)), token, OTHER_PIN).catch(() => undefined)
  expect(joinBoxes(beginStudy(SOME, 4), openEverything(disk))).toEqual([])
  expect((await listIdentities(startProcess(disk, seededDraw(4)))).unreadable).toEqual([])
})

test('after a lock no key that is still kept opens a copy with the box', async () => {
  const disk = makeDisk()
  const platform = startProcess(disk, seededDraw(1))
  const token = await activateToken(platform, 'Work', PIN, PROFILE)
  await lockToken(platform, token, PIN)
  expect(openEverything({ ...disk, everKept: disk.keys })).toEqual([])
})

describe('the same thief finds the PIN where a rule is broken', () => {
  test('a platform key that is kept before the bytes under it are whole', async () => {
    const keptAtOnce: typeof startProcess = (disk, draw, now) => {
      const platform = startProcess(disk, draw, now)
      const drawKey = async () => {
        const key = await platform.keys.draw()
        await platform.keys.keep(key)
        return key
      }
      return { ...platform, keys: { ...platform.keys, draw: drawKey, keep: async () => undefined } }
    }
    expect(await lootOfInterruptedUnlocks(keptAtOnce)).toContainEqual({ first: PIN, second: OTHER_PIN })
  })

  test('keys that are sealed twice: a change of PIN without an unlock', async () => {
    const disk = makeDisk()
    const platform = startProcess(disk, seededDraw(1))
    const token = await activateToken(platform, 'Work', PIN, PROFILE)
    await changePinWithoutUnlock(platform, token.serial)
    expect(joinBoxes(beginStudy(SIX, 4), openEverything(disk))).toEqual([{ first: PIN, second: OTHER_PIN }])
  })

  test('a hint for each identity: three of them leave a few hundred PINs', async () => {
    const loot: Loot[] = []
    for (const seed of [1, 2, 3]) {
      const disk = makeDisk()
      await activateToken(startProcess(disk, seededDraw(seed)), 'Work', PIN, PROFILE)
      loot.push(...openEverything(disk))
    }
    const remaining = throughHints(beginStudy(SIX, 4), loot)
    expect(remaining).toContain(PIN)
    expect(remaining.length).toBeLessThan(400)
    expect(throughHints(beginStudy(SIX, 4), loot.slice(0, 1)).length).toBeGreaterThanOrEqual(leastRemaining(SIZE, 4))
  })
})

/** What STP-1, 4 forbids: the same keys under a second PIN and salt. */
async function changePinWithoutUnlock(platform: Platform, serial: SerialNumber): Promise<void> {
  const deviceSalt = await deviceSaltOf(platform)
  await withIdentity(platform, serial, async (files, identity) => {
    const { record } = identity
    const keys = openPinBox(await derivePinKey(platform.argon2id, PIN, record.pinSalt), record.pinBox)
    const pinSalt = platform.draw(16)
    const pinBox = closePinBox(await derivePinKey(platform.argon2id, OTHER_PIN, pinSalt), keys)
    await save(platform, files, identity, { ...record, pinSalt, pinBox, pinHint: pinHint(deviceSalt, OTHER_PIN, 6) })
  })
}
