import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  activate,
  answer,
  caughtPin,
  cheapArgon2id,
  givesRightCode,
  issue,
  listingOf,
  lockToken,
  OTHER_PIN,
  PIN,
  show,
  summaryOf,
  type Token,
  unlockToken,
} from './person.ts'
import { launch, openTab } from './vault-browser.ts'
import { openCheapVaultSite, openVaultSite, type VaultSite } from './vault-site.ts'

let site: VaultSite
let browser: Browser
let context: BrowserContext
let page: Page

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
  page = await openTab(context, site.url)
})
afterEach(() => context.close())

test('every verb, from an activation to a removal, as the server computes it', async () => {
  const dear = await openVaultSite()
  page = await openTab(context, dear.url)
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
  await dear.close()
})

test('names, serial numbers and PINs that may not be are refused, and nothing is stored', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  const other = issue()
  const add = (label: string, serial: typeof other.serial, pin: string) =>
    page.evaluate((identity) => vault.add(identity), { label, serial, code: other.code, pin })
  expect(await add('Work', other.serial, PIN)).toMatchObject({ error: 'name-taken', takenBy: 'name' })
  expect(await add('Bank', token.serial, PIN)).toMatchObject({ error: 'name-taken', takenBy: 'serial' })
  expect(await add('Bank', other.serial, '123456')).toEqual({ ok: false, error: 'weak-pin', reason: 'run' })
  expect(await page.evaluate(() => vault.choosePin(8))).toMatch(/^\d{8}$/)
  expect(await listingOf(page)).toMatchObject({ identities: [{ label: 'Work' }], lost: [] })
})

function beginWith(token: Token, unlock: ReturnType<typeof answer>['unlock']) {
  return page.evaluate((entry) => vault.beginUnlock(entry.serial, entry.unlock), { serial: token.serial, unlock })
}
const finishWith = (pin: string) => page.evaluate((entry) => vault.finishUnlock(entry), pin)

test('the keys of an unlock wait for a good PIN, and for one end only', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  expect(await finishWith(OTHER_PIN)).toEqual({ ok: false, error: 'changed' })
  const { unlock, next } = answer(token, (await summaryOf(page, token.serial)).resetCode)
  expect(await beginWith(token, unlock)).toEqual({ ok: true, profile: { digits: 6, pinMinimum: 6 } })
  await page.evaluate(() => vault.discardUnlock())
  expect(await finishWith(OTHER_PIN)).toEqual({ ok: false, error: 'changed' })
  await beginWith(token, unlock)
  expect(await finishWith('111111')).toMatchObject({ error: 'weak-pin' })
  expect(await finishWith(OTHER_PIN)).toMatchObject({ ok: true })
  expect(await finishWith(OTHER_PIN)).toEqual({ ok: false, error: 'changed' })
  expect(await givesRightCode(page, next, OTHER_PIN)).toBe(true)
})

test('a wrong unlock code after a right one discards the keys of the right one', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  const other = await activate(page, 'Bank', cheapArgon2id)
  const { unlock } = answer(token, (await summaryOf(page, token.serial)).resetCode)
  expect(await beginWith(token, unlock)).toMatchObject({ ok: true })
  expect(await beginWith(other, unlock)).toMatchObject({ ok: false, error: 'wrong-unlock-code' })
  expect(await finishWith(OTHER_PIN)).toEqual({ ok: false, error: 'changed' })
  expect(await givesRightCode(page, token)).toBe(true)
})

test('two tabs have five tries between them', async () => {
  const { serial } = await activate(page, 'Work', cheapArgon2id)
  const wrong = await caughtPin(page, serial)
  const tabs = [page, await openTab(context, site.url)]
  const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => show(tabs[index % 2] ?? page, serial, wrong)))
  const errors = answers.map((shown) => (shown.ok ? 'shown' : shown.error))
  expect(errors.filter((error) => error === 'wrong-pin')).toHaveLength(4)
  expect(errors.filter((error) => error === 'locked')).toHaveLength(6)
})

test('a tab waits for its turn at the vault', async () => {
  const { serial } = await activate(page, 'Work', cheapArgon2id)
  const second = await openTab(context, site.url)
  const first = await second.evaluate(
    async (entry) => {
      const showing = () => vault.showCode(entry.serial, entry.pin).then(() => 'shown')
      const waited = await navigator.locks.request('latchkey-vault', () =>
        Promise.race([showing(), new Promise<string>((resolve) => setTimeout(resolve, 1500, 'waited'))]),
      )
      return waited
    },
    { serial, pin: PIN },
  )
  expect(first).toBe('waited')
  expect(await show(page, serial, PIN)).toMatchObject({ ok: true })
})

test('of two tabs that unlock at once, the later one changes nothing', async () => {
  const token = await activate(page, 'Work', cheapArgon2id)
  const second = await openTab(context, site.url)
  const { unlock, next } = answer(token, (await summaryOf(page, token.serial)).resetCode)
  await beginWith(token, unlock)
  await second.evaluate((of) => vault.beginUnlock(of.serial, of.unlock), { serial: token.serial, unlock })
  expect(await second.evaluate((pin) => vault.finishUnlock(pin), OTHER_PIN)).toMatchObject({ ok: true })
  expect(await finishWith(PIN)).toEqual({ ok: false, error: 'changed' })
  expect(await givesRightCode(page, next, OTHER_PIN)).toBe(true)
})

test('a tab that is closed in the middle of an entry keeps nobody out', async () => {
  const { serial } = await activate(page, 'Work', cheapArgon2id)
  const wrong = await caughtPin(page, serial)
  const second = await openTab(context, site.url)
  const entries = Array.from({ length: 3 }, () => show(second, serial, wrong).catch(() => undefined))
  await second.close()
  await Promise.all(entries)
  const { triesLeft } = await summaryOf(page, serial)
  expect(triesLeft).toBeGreaterThanOrEqual(2)
  expect(await show(page, serial, wrong)).toMatchObject({ ok: false, triesLeft: triesLeft - 1 })
})

test('a step that was not waited for is given back', async () => {
  const { serial } = await activate(page, 'Work', cheapArgon2id)
  const shown = [await show(page, serial, PIN), await show(page, serial, PIN)]
  const [, second] = shown
  if (!second?.ok) throw new Error('the PIN is right')
  await page.evaluate((of) => vault.giveStepBack(of.serial, of.second), { serial, second })
  expect(await show(page, serial, PIN)).toMatchObject({ ok: true, step: second.step })
})

test('a page that came over an open network opens no vault', async () => {
  const insecure = await context.newPage()
  await insecure.goto(site.url.replace('localhost', 'token.test'))
  expect(await insecure.evaluate(() => opened)).toEqual({ ok: false, why: 'insecure' })
})

test.each([
  ['no-workers', 'delete self.Worker'],
  ['no-wasm', 'delete self.WebAssembly'],
  ['no-locks', 'delete Navigator.prototype.locks'],
  ['no-indexeddb', 'delete self.indexedDB'],
  ['no-opfs', 'delete StorageManager.prototype.getDirectory'],
])('a browser with %s is told apart', async (why, script) => {
  const poor = await context.newPage()
  await poor.addInitScript(script)
  await poor.goto(site.url)
  expect(await poor.evaluate(() => opened)).toEqual({ ok: false, why })
})

test('a browser whose files answer with promises opens no vault', async () => {
  const early = await context.newPage()
  await early.route('**/vault-worker-*.js', async (route) => {
    const answer = await route.fetch()
    const script = await answer.text()
    const promising =
      '{ const { prototype } = FileSystemSyncAccessHandle; const { getSize } = prototype; prototype.getSize = async function () { return getSize.call(this) } };'
    await route.fulfill({ response: answer, body: promising + script })
  })
  await early.goto(site.url)
  expect(await early.evaluate(() => opened)).toEqual({ ok: false, why: 'no-opfs' })
})
