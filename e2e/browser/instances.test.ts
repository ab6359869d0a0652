import { join } from 'node:path'
import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../bench/server/process.ts'
import { startRoundRobin } from '../../packages/portal/test/round-robin.ts'
import { makeDatabase } from '../../packages/server/test/world.ts'
import { openBrowser, openProfile } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { enrol, fill, press, securityCode, see, signIn } from './person.ts'

const ORIGINS = ['login', 'token', 'portal'] as const

/** Two servers that share a database and a key file, and in front of both, one address for each of their origins, which they answer in turn. */
let house: House
let browser: Browser
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  const database = await makeDatabase()
  closing.push(database.drop)
  const [login = 0, token = 0, portal = 0] = await Promise.all(ORIGINS.map(() => freePort()))
  const addresses = { login: `http://localhost:${login}`, token: `http://localhost:${token}`, portal: `http://localhost:${portal}` }
  const settings = {
    LATCHKEY_DATABASE_URL: database.url,
    LATCHKEY_LOGIN_URL: addresses.login,
    LATCHKEY_TOKEN_URL: addresses.token,
    LATCHKEY_PORTAL_URL: addresses.portal,
  }
  const one = await openHouse(settings)
  closing.push(one.close)
  const other = await openHouse({ ...settings, LATCHKEY_KEYS_FILE: join(one.data, 'keys.json') })
  closing.push(other.close)
  const portOf = (url: string): number => Number(new URL(url).port)
  for (const [origin, port] of [
    ['login', login],
    ['token', token],
    ['portal', portal],
  ] as const) {
    const balancer = await startRoundRobin(port, [portOf(one[origin]), portOf(other[origin])])
    closing.push(balancer.close)
  }
  house = { ...one, ...addresses }
  browser = await openBrowser()
  closing.push(() => browser.close())
}, 240_000)

afterAll(async () => {
  for (const close of closing.toReversed()) await close()
})

test('enrolment, the portal, a second factor and signing out, each request at the other server than the one before', async () => {
  const { page } = await openProfile(browser, { script: true })
  await enrol(house, page, 'alice', 'Work')
  await page.context().clearCookies()
  for (let round = 0; round < 3; round += 1) {
    await page.goto(`${house.portal}/dashboard`)
    await signIn(page, 'alice')
    await see(page, 'Dashboard')
    await page.goto(`${house.portal}/dashboard`)
    await see(page, 'Dashboard')
    expect(await page.getByRole('main').textContent()).toContain('with the password')
    await press(page, 'Settings')
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.waitForURL(`${house.portal}/`)
  }
  await page.goto(`${house.portal}/manage-account`)
  await signIn(page, 'alice')
  await see(page, 'Second factor')
  await fill(page, 'Security code', await securityCode(house, 'Work'))
  await press(page, 'Verify')
  await see(page, 'My account')
  await page.goto(`${house.portal}/dashboard`)
  await see(page, 'Dashboard')
  expect(await page.getByRole('main').textContent()).toContain('with a second factor')
})
