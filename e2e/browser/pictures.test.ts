import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openProfile } from './browser.ts'
import { type House, openHouse } from './house.ts'
import {
  answerChallenge,
  beginEnrolment,
  enterSelfAdministration,
  fill,
  follow,
  PASSWORD,
  PIN,
  press,
  readCode,
  see,
  signIn,
} from './person.ts'
import { codeOf, createPin, lockApp, openPhone, sayRegistered } from './phone.ts'

/** `npm run pictures` puts them where the pages are; any other run only sees that they can be taken, and that the pages show no others. */
const KEPT = process.env['LATCHKEY_PICTURES']
const DOCS = join(import.meta.dirname, '..', '..', 'docs', 'use')
const NAME = 'ivy'
/** The strip that the README shows: three screens, light and dark. */
const STRIP = ['phone-pin', 'phone-code', 'phone-locked']

let house: House
let browser: Browser
let folder: string
let desk: Page
let phone: Page
beforeAll(async () => {
  folder = KEPT ?? mkdtempSync(join(tmpdir(), 'latchkey-pictures-'))
  house = await openHouse()
  browser = await openBrowser()
  ;({ page: desk } = await openProfile(browser, { script: true }))
  await desk.setViewportSize({ width: 720, height: 780 })
  ;({ phone } = await openPhone(browser))
  for (const page of [desk, phone]) await page.emulateMedia({ reducedMotion: 'reduce' })
})
afterAll(async () => {
  await browser?.close()
  await house?.close()
  if (KEPT === undefined) rmSync(folder, { recursive: true, force: true })
})

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' })
  if (!STRIP.includes(name)) return
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  await page.screenshot({ path: join(folder, `${name}-dark.png`), animations: 'disabled' })
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
}

test('the walk of docs/use, with its pictures', async () => {
  const { questions } = await beginEnrolment(house, desk, NAME)
  await see(desk, 'Soft token identity')
  await take(desk, 'desk-identity')
  await phone.goto(house.token)
  await press(phone, 'Add identity')
  await fill(phone, 'Name', 'Work')
  await fill(phone, 'Serial number', await readCode(desk, 'Serial number'))
  await fill(phone, 'Activation code', await readCode(desk, 'Activation code'))
  await take(phone, 'phone-add')
  await press(phone, 'Save')
  await see(phone, 'Create a PIN')
  await take(phone, 'phone-create-pin')
  await createPin(phone)
  await see(phone, 'Registration code')
  await take(phone, 'phone-registration')
  await press(desk, 'Next')
  await desk.getByRole('textbox', { name: 'Registration code', exact: true }).fill(await readCode(phone, 'Registration code'))
  await press(desk, 'Next')
  await press(desk, 'OK')
  await see(desk, "You're all set")
  await sayRegistered(phone)
  await signingIn()
  await recovering(questions)
})

async function signingIn(): Promise<void> {
  await desk.context().clearCookies()
  await desk.goto(`${house.login}/account`)
  await signIn(desk, NAME)
  await see(desk, 'Second factor')
  await take(desk, 'desk-second-factor')
  await phone.reload()
  await see(phone, 'Enter your PIN')
  await take(phone, 'phone-pin')
  await fill(phone, 'PIN', PIN)
  await press(phone, 'Show security code')
  await phone.getByRole('group', { name: 'Security code' }).waitFor()
  await take(phone, 'phone-code')
  await press(phone, 'Done')
}

async function recovering(questions: Readonly<Record<string, string>>): Promise<void> {
  await desk.context().clearCookies()
  await desk.goto(`${house.login}/forgotten-password`)
  await take(desk, 'desk-forgotten')
  await lockApp(phone)
  await take(phone, 'phone-locked')
  await enterSelfAdministration(desk, house, NAME, PASSWORD)
  await follow(desk, 'question & answer challenge')
  await answerChallenge(desk, questions)
  await see(desk, 'Self-Administration Actions')
  await take(desk, 'desk-actions')
  await follow(desk, 'My Mobile OTP or Desktop Soft Token application is locked')
  await press(desk, 'Yes')
  await desk.getByRole('textbox', { name: 'PIN Reset Code', exact: true }).fill(await readCode(phone, 'PIN Reset Code'))
  await press(desk, 'Next')
  await desk.getByRole('group', { name: 'Unlock code' }).waitFor()
  await take(desk, 'desk-unlock-code')
  await fill(phone, 'Unlock code', await readCode(desk, 'Unlock code'))
  await press(phone, 'Unlock')
  await createPin(phone)
  await see(phone, 'Unlocked')
  await take(phone, 'phone-unlocked')
  await press(phone, 'Done')
  expect(await codeOf(phone)).toMatch(/^\d{6}$/)
}

test('the strip of the README', async () => {
  const { page } = await openProfile(browser, { script: true })
  const images = STRIP.flatMap((name) => [name, `${name}-dark`]).map((name) => readFileSync(join(folder, `${name}.png`)).toString('base64'))
  const tags = images.map(
    (data) => `<img src="data:image/png;base64,${data}" alt="" style="width:260px;border-radius:24px;border:1px solid #8886">`,
  )
  await page.setViewportSize({ width: 6 * 276 + 16, height: 600 })
  await page.setContent(`<body style="margin:8px;display:flex;gap:16px;background:transparent">${tags.join('')}</body>`)
  await page.locator('body').screenshot({ path: join(folder, 'app.png'), omitBackground: true })
  await page.close()
})

test('the pages show these pictures and no others, and each stands in the folder', () => {
  const pages = readdirSync(DOCS).filter((name) => name.endsWith('.md'))
  const readme = join(DOCS, '..', '..', 'README.md')
  const texts = [...pages.map((name) => join(DOCS, name)), readme].map((file) => readFileSync(file, 'utf8')).join('\n')
  const shown = new Set(Array.from(texts.matchAll(/pictures\/([\w-]+\.png)/g), ([, name = '']) => name))
  const taken = readdirSync(folder).filter((name) => name.endsWith('.png') && !name.endsWith('-dark.png'))
  expect(new Set(taken)).toEqual(shown)
  const committed = new Set(readdirSync(join(DOCS, 'pictures')))
  expect([...shown].filter((name) => !committed.has(name))).toEqual([])
})
