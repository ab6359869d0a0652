import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { breakAfter, isWhole } from './fuse.ts'
import {
  activate,
  answer,
  caughtPin,
  cheapArgon2id,
  givesRightCode,
  issue,
  listingOf,
  PIN,
  show,
  summaryOf,
  type Token,
  tokenOf,
  unlockToken,
} from './person.ts'
import { launch, openTab } from './vault-browser.ts'
import { fileNames, keysOf } from './vault-disk.ts'
import { openCheapVaultSite, type VaultSite } from './vault-site.ts'

let site: VaultSite
let browser: Browser
let context: BrowserContext

beforeAll(async () => {
  site = await openCheapVaultSite()
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(async () => {
  context = await browser.newContext()
})
afterEach(() => context.close())

type Course = {
  /** Brings the vault to where the verb begins. */
  before: (page: Page) => Promise<void>
  verb: (page: Page) => Promise<unknown>
  /** What must be so after a start, wherever the verb was broken off. */
  after: (page: Page) => Promise<void>
}

/** Breaks a verb off at its first step, then at its second, and so on until it comes to its end. How many steps it has. */
async function breakAtEachStep({ before, verb, after }: Course): Promise<number> {
  let page = await openTab(context, site.url)
  for (let steps = 0; ; steps += 1) {
    await before(page)
    await breakAfter(page, steps)
    await verb(page).catch(() => undefined)
    const whole = await isWhole(page)
    await page.close()
    page = await openTab(context, site.url)
    expect(await listingOf(page)).toMatchObject({ unreadable: [], lost: [] })
    await after(page)
    // No key without its file, and no file without its key.
    expect((await keysOf(page)).ids).toHaveLength((await fileNames(page)).length)
    if (whole) return steps
  }
}

const begin = (label: string) => async (page: Page) => activate(page, label, cheapArgon2id)

test('an identity that is made is there and good, or was never there', async () => {
  let { serial, code } = issue()
  const course: Course = {
    before: async () => {
      const issued = issue()
      serial = issued.serial
      code = issued.code
    },
    verb: (page) => page.evaluate((identity) => vault.add(identity), { label: 'Work', serial, code, pin: PIN }),
    after: async (page) => {
      const { identities } = await listingOf(page)
      const [made] = identities
      if (made?.registrationCode === undefined) return void expect(await fileNames(page)).toEqual([])
      expect(await givesRightCode(page, await tokenOf('Work', serial, code, made.registrationCode, cheapArgon2id))).toBe(true)
      await page.evaluate((of) => vault.remove(of), serial)
    },
  }
  expect(await breakAtEachStep(course)).toBeGreaterThan(12)
})

test('an entry of the right PIN leaves the identity good, with one try fewer at the most', async () => {
  let token: Token | undefined
  const steps = await breakAtEachStep({
    before: async (page) => {
      token ??= await begin('Work')(page)
    },
    verb: (page) => show(page, (token ?? issue()).serial, PIN),
    after: async (page) => {
      if (token === undefined) throw new Error('it was made')
      expect((await summaryOf(page, token.serial)).triesLeft).toBeGreaterThanOrEqual(4)
      expect(await givesRightCode(page, token)).toBe(true)
      expect((await summaryOf(page, token.serial)).triesLeft).toBe(5)
    },
  })
  expect(steps).toBeGreaterThan(6)
})

test('the fifth caught PIN locks, wherever it is broken off, once it is counted', async () => {
  const first = await openTab(context, site.url)
  let token = await begin('Work')(first)
  const wrong = await caughtPin(first, token.serial)
  await breakAtEachStep({
    before: async (page) => {
      while ((await summaryOf(page, token.serial)).triesLeft > 1) await show(page, token.serial, wrong)
    },
    verb: (page) => show(page, token.serial, wrong),
    after: async (page) => {
      const { state, triesLeft } = await summaryOf(page, token.serial)
      expect([state === 'locked', triesLeft <= 1]).toEqual([triesLeft === 0, true])
      if (state !== 'locked') return void expect(await givesRightCode(page, token)).toBe(true)
      expect(await show(page, token.serial, PIN)).toMatchObject({ error: 'locked' })
      token = await unlockToken(page, token, PIN)
    },
  })
})

test('a new PIN leaves the old key set or the next one, whole', async () => {
  let token: Token | undefined
  let next: Token | undefined
  await breakAtEachStep({
    before: async (page) => {
      token ??= await begin('Work')(page)
      const { serial } = token
      const answered = answer(token, (await summaryOf(page, serial)).resetCode)
      next = answered.next
      await page.evaluate((of) => vault.beginUnlock(of.serial, of.unlock), { serial, unlock: answered.unlock })
    },
    verb: (page) => page.evaluate((pin) => vault.finishUnlock(pin), PIN),
    after: async (page) => {
      if (token === undefined || next === undefined) throw new Error('it was made')
      if (await givesRightCode(page, next)) token = next
      else expect(await givesRightCode(page, token)).toBe(true)
    },
  })
})

test('an identity that is removed is gone with its key, or still whole; never lost', async () => {
  let token: Token | undefined
  await breakAtEachStep({
    before: async (page) => {
      token ??= await begin('Work')(page)
    },
    verb: (page) => page.evaluate((of) => vault.remove(of), (token ?? issue()).serial),
    after: async (page) => {
      if (token === undefined) throw new Error('it was made')
      if ((await listingOf(page)).identities.length > 0) return void expect(await givesRightCode(page, token)).toBe(true)
      expect(await fileNames(page)).toEqual([])
      token = undefined
    },
  })
})
