import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openProfile } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { enrol, fill, press, securityCode, see, signIn } from './person.ts'

let house: House
let browser: Browser

beforeAll(async () => {
  house = await openHouse()
  browser = await openBrowser()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await house?.close()
})

const bare = (text: string): string => text.replaceAll(/[^0-9A-Za-z@.]/g, '')
/** All that is on the page. */
const shown = async (page: Page): Promise<string> => bare((await page.locator('body').textContent()) ?? '')

test('Back after signing out shows nothing of before, however far it goes', async () => {
  const { page } = await openProfile(browser, { script: true })
  await enrol(house, page, 'alice', 'Work')
  await page.goto(`${house.login}/account`)
  if (await page.getByRole('heading', { name: 'Sign in', level: 1 }).isVisible()) await signIn(page, 'alice')
  await see(page, 'Second factor')
  await fill(page, 'Security code', await securityCode(house, 'Work'))
  await press(page, 'Verify')
  await see(page, 'My account')
  await page.goto(`${house.login}/account/recovery-codes`)
  await page.getByRole('main').getByRole('button').first().click()
  await page.locator('#codes').waitFor()
  const codes = (await page.locator('#codes [data-line]').allTextContents()).map(bare)
  expect(codes.map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 16))
  await page.goto(`${house.login}/account`)
  await see(page, 'My account')
  await page.goto(`${house.portal}/dashboard`)
  await see(page, 'Dashboard')
  await press(page, 'Settings')
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL(`${house.portal}/`)
  for (let back = 0; back < 12; back += 1) {
    await page.goBack().catch(() => null)
    const now = await shown(page)
    for (const secret of ['My account', 'Dashboard'])
      expect(await page.getByRole('heading', { name: secret, level: 1 }).count(), page.url()).toBe(0)
    for (const code of codes) expect(now, page.url()).not.toContain(code)
    expect(now, page.url()).not.toContain('alice@example.test')
  }
})
