import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findChromium } from '../chromium.ts'
import { ARGS, openBrowser, openProfile } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { answerChallenge, beginEnrolment, enterSelfAdministration, fill, follow, press, readCode, see } from './person.ts'
import { addByTyping, codeOf, createPin, lockApp, sayRegistered } from './phone.ts'

const FIRST_PIN = '493817'
const SECOND_PIN = '628405'
const NAME = 'frank'

let house: House
let folder: string
let phones: BrowserContext
let phone: Page
/** What was typed or shown, by what it is: none of it may be in any file of the profile afterwards. */
const secrets: Record<string, string> = {}
/** No secret: it stands in clear in its file, so it is found if the search works. */
let serialNumber = ''
let boxBefore: Buffer
const openPhones = async (): Promise<void> => {
  phones = await chromium.launchPersistentContext(folder, { executablePath: findChromium() ?? 'chromium', args: ARGS, locale: 'en-GB' })
  phones.setDefaultTimeout(20_000)
  phone = phones.pages()[0] ?? (await phones.newPage())
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-profile-'))
  house = await openHouse()
  const browser = await openBrowser()
  const { page: desk } = await openProfile(browser, { script: true })
  await openPhones()
  const { questions } = await beginEnrolment(house, desk, NAME)
  await see(desk, 'Soft token identity')
  await activate(desk)
  boxBefore = await vaultFile()
  await unlock(desk, questions)
  secrets['a security code'] = await codeOf(phone, SECOND_PIN)
  await browser.close()
  // What the program wrote is on disk once the browser has gone.
  await phones.close()
}, 180_000)
afterAll(async () => {
  await phones?.close()
  await house?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function activate(desk: Page): Promise<void> {
  await phone.goto(house.token)
  const serial = await readCode(desk, 'Serial number')
  const code = await readCode(desk, 'Activation code')
  secrets['the activation code'] = code
  serialNumber = serial
  const registrationCode = await addByTyping(phone, 'Work', { serial, code })
  secrets['the registration code'] = registrationCode
  secrets['the first PIN'] = FIRST_PIN
  await press(desk, 'Next')
  await desk.getByRole('textbox', { name: 'Registration code', exact: true }).fill(registrationCode)
  await press(desk, 'Next')
  await see(desk, 'Your soft token is active')
  await press(desk, 'OK')
  await see(desk, "You're all set")
  await sayRegistered(phone)
  secrets['the first security code'] = await codeOf(phone)
}

async function unlock(desk: Page, questions: Readonly<Record<string, string>>): Promise<void> {
  const resetCode = await lockApp(phone)
  await enterSelfAdministration(desk, house, NAME)
  await follow(desk, 'question & answer challenge')
  await answerChallenge(desk, questions)
  await follow(desk, 'My Mobile OTP or Desktop Soft Token application is locked')
  await press(desk, 'Yes')
  await desk.getByRole('textbox', { name: 'PIN Reset Code', exact: true }).fill(resetCode)
  await press(desk, 'Next')
  const unlockCode = await readCode(desk, 'Unlock code')
  secrets['the unlock code'] = unlockCode
  await fill(phone, 'Unlock code', unlockCode)
  await press(phone, 'Unlock')
  await createPin(phone, SECOND_PIN)
  secrets['the second PIN'] = SECOND_PIN
  await see(phone, 'Unlocked')
  await press(phone, 'Done')
}

/** The sealed record as the file of the origin's private file system holds it, read by the page itself. */
async function vaultFile(): Promise<Buffer> {
  const bytes = await phone.evaluate(async () => {
    const root = await navigator.storage.getDirectory()
    const vault = await root.getDirectoryHandle('vault')
    for await (const [name, handle] of vault.entries()) {
      if (!/^\d{10}$/.test(name) || !(handle instanceof FileSystemFileHandle)) continue
      return [...new Uint8Array(await (await handle.getFile()).arrayBuffer())]
    }
    return []
  })
  return Buffer.from(bytes)
}

function filesOf(path: string): { name: string; bytes: Buffer }[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ name: entry.name, bytes: readFileSync(join(entry.parentPath, entry.name)) }))
}

/** As it is, and as it is printed in groups; not as a part of a longer number, which chance brings about. */
function patternOf(secret: string): RegExp {
  const size = secret.length === 6 ? 3 : secret.length === 10 ? 5 : 4
  const groups = secret.match(new RegExp(`.{1,${size}}`, 'g')) ?? []
  return new RegExp(`(?<!\\d)${groups.join('[- ]?')}(?!\\d)`)
}

function holds(bytes: Buffer, secret: string): boolean {
  const pattern = patternOf(secret)
  return [bytes.toString('latin1'), bytes.toString('utf16le'), bytes.subarray(1).toString('utf16le')].some((text) => pattern.test(text))
}

test('no secret that was typed or shown is in any file of the profile', () => {
  const files = filesOf(folder)
  expect(files.length).toBeGreaterThan(20)
  expect(files.some(({ bytes }) => holds(bytes, serialNumber))).toBe(true)
  const found = Object.entries(secrets).flatMap(([what, secret]) =>
    files.filter(({ bytes }) => holds(bytes, secret)).map(({ name }) => `${what} in ${name}`),
  )
  expect(Object.keys(secrets).length).toBeGreaterThan(6)
  expect(found).toEqual([])
})

test('the record that an unlock replaced is in no file either', () => {
  const piece = longestRun(boxBefore)
  expect(piece.length).toBeGreaterThan(64)
  const found = filesOf(folder).filter(({ bytes }) => bytes.includes(piece.subarray(0, 48)))
  expect(found.map(({ name }) => name)).toEqual([])
})

/** The sealed bytes: what stands between the runs of zeros that fill a slot up. */
function longestRun(bytes: Buffer): Buffer {
  let best: Buffer = Buffer.alloc(0)
  let start = 0
  for (let at = 0; at <= bytes.length; at += 1) {
    if (at < bytes.length && !isPadding(bytes, at)) continue
    if (at - start > best.length) best = bytes.subarray(start, at)
    start = at + 1
  }
  return best.subarray(best.length / 2)
}

function isPadding(bytes: Buffer, at: number): boolean {
  return bytes.subarray(at, at + 8).every((byte) => byte === 0)
}

test('after the browser was closed and the network is gone, codes come', async () => {
  await house.kill('SIGTERM')
  await openPhones()
  await phones.setOffline(true)
  await phone.goto(house.token)
  await see(phone, 'Enter your PIN')
  expect(await codeOf(phone, SECOND_PIN)).toMatch(/^\d{6}$/)
  await phone.getByText('No network. Codes come all the same.').waitFor()
})
