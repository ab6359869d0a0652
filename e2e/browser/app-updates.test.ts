import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AppSite, openAppSite } from './app-site.ts'
import { openBrowser } from './browser.ts'
import { accepts, issueCodes, type OwnToken, takeRegistration } from './own-server.ts'
import { fill, PIN, press, readCode, see } from './person.ts'
import { addByTyping, codeOf, createPin, lockApp, openPhone, sayRegistered } from './phone.ts'

let browser: Browser
let site: AppSite
beforeAll(async () => {
  browser = await openBrowser()
  site = await openAppSite()
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})

const version = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.querySelector('meta[name=version]')?.getAttribute('content') ?? null)
const kept = (page: Page): Promise<unknown> => page.evaluate(() => navigator.serviceWorker.ready.then(() => true))
/** What the page does by itself once an hour, and whenever it is seen again. */
const lookForUpdate = (page: Page): Promise<void> =>
  page.evaluate(() => navigator.serviceWorker.ready.then((registration) => registration.update().then(() => undefined)))

test('a new version waits while an activation is under way in any window, then takes over when it is asked to', async () => {
  const { context, phone } = await openPhone(browser)
  await phone.goto(site.url)
  await kept(phone)
  const other = await context.newPage()
  await other.goto(site.url)
  await see(other, 'No identity yet')
  const token: OwnToken = issueCodes()
  await press(phone, 'Add identity')
  await fill(phone, 'Name', 'Work')
  await fill(phone, 'Serial number', token.serial)
  await fill(phone, 'Activation code', token.activationCode)
  await press(phone, 'Save')
  await see(phone, 'Create a PIN')

  site.release(2)
  await lookForUpdate(other)
  await other.getByText('A new version is here.').waitFor()
  await press(other, 'Update')
  await other.getByText(/under way in another window/).waitFor()
  expect(await version(other)).toBeNull()
  await createPin(phone)
  await see(phone, 'Registration code')
  await takeRegistration(token, await readCode(phone, 'Registration code'))
  await sayRegistered(phone)

  await press(other, 'Update')
  await other.waitForFunction(() => document.querySelector('meta[name=version]')?.getAttribute('content') === '2')
  await see(other, 'Enter your PIN')
  expect(accepts(token, await codeOf(other))).toBe(true)
  await phone.waitForFunction(() => document.querySelector('meta[name=version]')?.getAttribute('content') === '2')
  await context.close()
})

test('a new version that was fetched before the network went changes nothing by itself; codes come from the old one, and from the new one', async () => {
  const { context, phone } = await openPhone(browser)
  await phone.goto(site.url)
  await kept(phone)
  const token = issueCodes()
  await takeRegistration(token, await addByTyping(phone, 'Work', { serial: token.serial, code: token.activationCode }))
  await sayRegistered(phone)
  site.release(3)
  await lookForUpdate(phone)
  await phone.getByText('A new version is here.').waitFor()
  await site.gone()
  await context.setOffline(true)
  await phone.reload()
  await see(phone, 'Enter your PIN')
  expect(await version(phone)).toBe('2')
  expect(accepts(token, await codeOf(phone, PIN))).toBe(true)
  await press(phone, 'Update')
  await phone.waitForFunction(() => document.querySelector('meta[name=version]')?.getAttribute('content') === '3')
  await see(phone, 'Enter your PIN')
  expect(await codeOf(phone, PIN)).toMatch(/^\d{6}$/)
  await context.close()
})

test('what holds up an update is named as where it is: the only window does not speak of another, and a locked identity holds up none', async () => {
  const own = await openAppSite()
  const { context, phone } = await openPhone(browser)
  await phone.goto(own.url)
  await kept(phone)
  const token = issueCodes()
  await takeRegistration(token, await addByTyping(phone, 'Work', { serial: token.serial, code: token.activationCode }))
  await sayRegistered(phone)
  await press(phone, 'Add identity')
  own.release(4)
  await lookForUpdate(phone)
  await phone.getByText('A new version is here.').waitFor()
  await press(phone, 'Update')
  await phone.getByText('Something is under way here.').waitFor()
  expect(await phone.getByText(/another window/).count()).toBe(0)
  await press(phone, 'Back')
  await see(phone, 'Enter your PIN')
  expect(await phone.getByText('Something is under way here.').count()).toBe(0)
  await lockApp(phone)
  await press(phone, 'Update')
  await phone.waitForFunction(() => document.querySelector('meta[name=version]')?.getAttribute('content') === '4')
  await see(phone, 'Locked')
  await context.close()
  await own.close()
})

test('a login origin that moved arrives as a new version: what is kept may ask the new one, and no other', async () => {
  const own = await openAppSite()
  const { context, phone } = await openPhone(browser)
  await phone.goto(own.url)
  await kept(phone)
  // The page from the start, as the service worker keeps it.
  await phone.reload()
  const policy = (): Promise<string> => phone.evaluate(() => fetch('/').then(({ headers }) => headers.get('content-security-policy') ?? ''))
  const before = await policy()
  own.moveLogin('https://moved.example.test')
  await lookForUpdate(phone)
  await phone.getByText('A new version is here.').waitFor()
  expect(await policy()).toBe(before)
  await phone.evaluate(() => document.body.setAttribute('data-before', ''))
  await press(phone, 'Update')
  // Not asked for meanwhile: a service worker that has a request in hand is not put away.
  await phone.waitForFunction(() => document.body !== null && !document.body.hasAttribute('data-before'))
  expect(await policy()).toContain('https://moved.example.test')
  await context.close()
  await own.close()
})
