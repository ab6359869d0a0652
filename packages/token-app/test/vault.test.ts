import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { activate, givesRightCode, listingOf, lockToken, OTHER_PIN, summaryOf, unlockToken } from './person.ts'
import { launch, openTab } from './vault-browser.ts'
import { openVaultSite, type VaultSite } from './vault-site.ts'

let site: VaultSite
let browser: Browser
let context: BrowserContext
let page: Page

beforeAll(async () => {
  site = await openVaultSite()
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(async () => {
  context = await browser.newContext()
  page = await openTab(context, site.url)
})
afterEach(() => context.close())

test('every verb, from an activation to a removal, as the server computes it', async () => {
  await page.evaluate(() => vault.warmUp())
  expect(await listingOf(page)).toEqual({ identities: [], unreadable: [], lost: [] })
  const token = await activate(page, 'Work')
  expect(await summaryOf(page, token.serial)).toMatchObject({ label: 'Work', state: 'registering', triesLeft: 5 })
  expect(await givesRightCode(page, token)).toBe(true)
  const { serial, registrationCode: registered } = token
  expect(await page.evaluate((of) => vault.confirmRegistration(of.serial, of.registered), { serial, registered })).toEqual({ ok: true })
  expect(await summaryOf(page, serial)).toMatchObject({ state: 'active', registrationCode: undefined })
  expect(await page.evaluate((of) => vault.rename(of, 'Bank'), serial)).toEqual({ ok: true })
  expect(await summaryOf(page, serial)).toMatchObject({ label: 'Bank' })

  await lockToken(page, serial)
  expect(await summaryOf(page, serial)).toMatchObject({ state: 'locked', triesLeft: 0 })
  const next = await unlockToken(page, token, OTHER_PIN)
  expect(await givesRightCode(page, next, OTHER_PIN)).toBe(true)
  expect(await page.evaluate((of) => vault.remove(of), serial)).toBe(true)
  expect(await listingOf(page)).toEqual({ identities: [], unreadable: [], lost: [] })
})
