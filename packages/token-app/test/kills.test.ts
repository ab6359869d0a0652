import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type KillableBrowser, startBrowser } from './killed-browser.ts'
import {
  activate,
  answer,
  caughtPin,
  givesRightCode,
  issue,
  listingOf,
  OTHER_PIN,
  PIN,
  show,
  summaryOf,
  type Token,
  tokenOf,
  unlockToken,
} from './person.ts'
import { openVaultSite, type VaultSite } from './vault-site.ts'

/** How often each verb is killed. */
const KILLS = Number(process.env.LATCHKEY_KILLS ?? 2)

let site: VaultSite
let profile: string
let running: KillableBrowser

beforeAll(async () => {
  site = await openVaultSite()
  profile = mkdtempSync(join(tmpdir(), 'latchkey-profile-'))
  running = await startBrowser(profile, site.url)
})
afterAll(async () => {
  await running?.kill()
  await site?.close()
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
})

/** Kills the browser at a random moment of what was begun, and starts it again. Whether an answer came before. */
async function killDuring<T>(work: Promise<T>, longestMs: number): Promise<T | undefined> {
  const answered = work.catch(() => undefined)
  const early = await Promise.race([answered, pause(Math.random() * longestMs)])
  await running.kill()
  running = await startBrowser(profile, site.url)
  return early ?? undefined
}

test('killed while it is made, an identity is there and good, or was never there', async () => {
  const { page: first } = running
  const kept = await activate(first, 'Kept')
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { serial, code } = issue()
    const label = `Made ${kill}`
    const added = await killDuring(
      running.page.evaluate((identity) => vault.add(identity), { label, serial, code, pin: PIN }),
      1500,
    )
    const { identities, unreadable, lost } = await listingOf(running.page)
    expect({ unreadable, lost }).toEqual({ unreadable: [], lost: [] })
    const made = identities.find((identity) => identity.serial === serial)
    if (added !== undefined) expect(made).toBeDefined()
    expect(identities).toHaveLength(made === undefined ? 1 : 2)
    if (made?.registrationCode !== undefined) {
      expect(await givesRightCode(running.page, await tokenOf(label, serial, code, made.registrationCode))).toBe(true)
      expect(await page().evaluate((of) => vault.remove(of), serial)).toBe(true)
    }
  }
  expect(await givesRightCode(page(), kept)).toBe(true)
  expect(await page().evaluate((of) => vault.remove(of), kept.serial)).toBe(true)
})

const page = () => running.page

test('killed while codes are shown, the identity stays good and no step comes twice', async () => {
  const token = await activate(page(), 'Shown')
  let last = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    const shown = await killDuring(show(page(), token.serial, PIN), 600)
    if (shown?.ok) last = Math.max(last, shown.step)
    const again = await show(page(), token.serial, PIN)
    if (!again.ok) throw new Error(again.error)
    expect(again.step).toBeGreaterThan(last)
    last = again.step
    expect((await summaryOf(page(), token.serial)).triesLeft).toBe(5)
  }
  await page().evaluate((of) => vault.remove(of), token.serial)
})

test('killed while wrong PINs are entered, every one that was judged stays counted', async () => {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const token = await activate(page(), 'Counted')
    const wrong = await caughtPin(page(), token.serial)
    let judged = 0
    const entries = async () => {
      for (let tries = 0; tries < 5; tries += 1) {
        await show(page(), token.serial, wrong)
        judged += 1
      }
    }
    await killDuring(entries(), 250)
    const { state, triesLeft } = await summaryOf(page(), token.serial)
    expect(triesLeft).toBeLessThanOrEqual(5 - judged)
    expect(state).toBe(triesLeft === 0 ? 'locked' : 'registering')
    const left: string[] = []
    for (let tries = 0; tries < 6; tries += 1) {
      const shown = await show(page(), token.serial, wrong)
      left.push(shown.ok ? 'shown' : shown.error)
    }
    expect(left.filter((error) => error === 'wrong-pin')).toHaveLength(Math.max(0, triesLeft - 1))
    await page().evaluate((of) => vault.remove(of), token.serial)
  }
})

/** Whether the browser has put the page's notes of an identity on disk: it does so seconds after they were made. */
function isNoted(serial: string): boolean {
  const folder = join(profile, 'Default/Local Storage/leveldb')
  return readdirSync(folder).some((file) => readFileSync(join(folder, file)).includes(serial))
}

test('killed after an identity was removed, while the page’s notes still have it, it is not named lost', async () => {
  const { serial } = await activate(page(), 'Removed')
  await expect.poll(() => isNoted(serial), { timeout: 60_000, interval: 200 }).toBe(true)
  await killDuring(
    page().evaluate((of) => vault.remove(of), serial),
    1000,
  )
  expect(await listingOf(page())).toMatchObject({ unreadable: [], lost: [] })
})

/** Under which of two key sets the identity is; throws if it is under neither. */
async function settledOn(before: Token, after: Token): Promise<Token> {
  if (await givesRightCode(page(), after, OTHER_PIN)) return after
  if (await givesRightCode(page(), before, PIN)) return before
  throw new Error('the identity is under neither key set')
}

test('killed while a new PIN is stored, the identity is under the old key set or the next, whole', async () => {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const token = await activate(page(), 'Unlocked')
    const { unlock, next } = answer(token, (await summaryOf(page(), token.serial)).resetCode)
    await page().evaluate((of) => vault.beginUnlock(of.serial, of.unlock), { serial: token.serial, unlock })
    const finished = await killDuring(
      page().evaluate((pin) => vault.finishUnlock(pin), OTHER_PIN),
      1000,
    )
    const under = await settledOn(token, next)
    if (finished?.ok) expect(under).toBe(next)
    expect(await listingOf(page())).toMatchObject({ unreadable: [], lost: [] })
    if (under === token) await unlockToken(page(), token, OTHER_PIN)
    await page().evaluate((of) => vault.remove(of), token.serial)
  }
})
