import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AppSite, openAppSite } from './app-site.ts'
import { openBrowser } from './browser.ts'
import { answerReset, issueCodes, type OwnToken, takeRegistration } from './own-server.ts'
import { fill, PIN, press, readCode, refused, see } from './person.ts'
import { addByTyping, codeOf, createPin, sayRegistered } from './phone.ts'

const TICKET = 'AAECAwQFBgcICQoLDA0ODw'

let browser: Browser
let site: AppSite
let context: BrowserContext
let phone: Page
beforeAll(async () => {
  browser = await openBrowser()
  site = await openAppSite()
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB', serviceWorkers: 'block' })
  context.setDefaultTimeout(10_000)
  // What the page asks of the vault, by the names of its verbs.
  await context.addInitScript(() => {
    const asked: string[] = []
    Reflect.set(globalThis, 'asked', asked)
    const { postMessage } = Worker.prototype
    Worker.prototype.postMessage = function (message, ...rest) {
      if (Array.isArray(message?.path)) asked.push(String(message.path))
      Reflect.apply(postMessage, this, [message, ...rest])
    }
  })
  phone = await context.newPage()
  await phone.goto(site.url)
  await see(phone, 'No identity yet')
})
afterEach(() => context.close())

async function active(name = 'Work'): Promise<OwnToken> {
  const token = issueCodes()
  await takeRegistration(token, await addByTyping(phone, name, { serial: token.serial, code: token.activationCode }))
  await sayRegistered(phone)
  return token
}

/** Holds back the exchange of tickets until it is let go; then it gives these codes. */
async function holdExchange(json: object): Promise<{ asked: Promise<void>; letGo: () => void }> {
  const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'content-type' }
  await context.route('**/api/v1/activations/open', async (route) => {
    if (route.request().method() === 'POST') {
      asked.resolve()
      await held.promise
    }
    await route.fulfill({ json, headers })
  })
  return { asked: asked.promise, letGo: held.resolve }
}

/** From now on the vault computes no Argon2id before it is let go. */
async function holdArgon2id(): Promise<() => Promise<void>> {
  const worker = phone.workers().find((one) => one.url().includes('vault-worker'))
  if (worker === undefined) throw new Error('the vault has no worker')
  await worker.evaluate(() => {
    const held = Promise.withResolvers<void>()
    Reflect.set(self, 'letGo', held.resolve)
    const { postMessage } = Worker.prototype
    Worker.prototype.postMessage = function (...all: unknown[]) {
      void held.promise.then(() => Reflect.apply(postMessage, this, all))
    }
  })
  return () => worker.evaluate(() => Reflect.get(self, 'letGo')())
}

const picture = () => phone.getByRole('img', { name: /Your PIN's picture/ })
const idle = (page: Page): Promise<void> => page.waitForTimeout(1_500)
const askedOf = (page: Page): Promise<string[]> => page.evaluate(() => Reflect.get(globalThis, 'asked'))
const seenAgain = (page: Page): Promise<void> => page.evaluate(() => void document.dispatchEvent(new Event('visibilitychange')))

async function remove(page: Page): Promise<void> {
  await press(page, 'Menu')
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
  await see(page, 'No identity yet')
}

describe('who leaves is left where they went', () => {
  test('while a code is computed; its step is given back', async () => {
    await active()
    const letGo = await holdArgon2id()
    await fill(phone, 'PIN', PIN)
    await press(phone, 'Show security code')
    await press(phone, 'All identities')
    await letGo()
    await expect.poll(() => askedOf(phone)).toContain('giveStepBack')
    await idle(phone)
    await see(phone, 'Identities')
    await phone.getByRole('button', { name: 'Work', exact: true }).click()
    expect(await codeOf(phone)).toMatch(/^\d{6}$/)
  })

  test('while an unlock code is judged; the keys that it gave are dropped', async () => {
    const token = await active()
    const letGo = await holdArgon2id()
    await press(phone, "I've forgotten my PIN")
    await fill(phone, 'Unlock code', answerReset(token, await readCode(phone, 'PIN Reset Code')))
    await press(phone, 'Unlock')
    await press(phone, 'All identities')
    await letGo()
    await expect.poll(() => askedOf(phone)).toContain('discardUnlock')
    await see(phone, 'Identities')
  })

  test('while an identity is made: it is there all the same', async () => {
    const letGo = await holdArgon2id()
    const token = issueCodes()
    await press(phone, 'Add identity')
    await fill(phone, 'Name', 'Work')
    await fill(phone, 'Serial number', token.serial)
    await fill(phone, 'Activation code', token.activationCode)
    await press(phone, 'Save')
    await createPin(phone)
    await press(phone, 'Back')
    await letGo()
    await expect.poll(async () => (await askedOf(phone)).at(-1), { timeout: 10_000 }).toBe('list')
    await idle(phone)
    await see(phone, 'Add identity')
    await press(phone, 'Back')
    await see(phone, 'Registration code')
  })

  test('while a ticket is exchanged: its codes come into no form that was opened meanwhile', async () => {
    const codes = { serialNumber: '04829-15736', activationCode: '08JS-0VHX-VF3B-D38Y-V65R', name: 'Ticket' }
    const { asked, letGo } = await holdExchange(codes)
    await phone.evaluate((ticket) => {
      location.hash = `#/activate?ticket=${ticket}`
    }, TICKET)
    await see(phone, 'Add identity')
    await asked
    await press(phone, 'Type the codes')
    await fill(phone, 'Name', 'Other')
    await fill(phone, 'Serial number', '12345-67890')
    letGo()
    await idle(phone)
    expect(await phone.getByLabel('Serial number', { exact: true }).inputValue()).toBe('12345-67890')
    expect(await phone.getByText('The codes came with the link.').count()).toBe(0)
  })

  test('by a link, before a PIN is chosen for an unlock: the keys that wait are dropped', async () => {
    const token = await active()
    await press(phone, "I've forgotten my PIN")
    await fill(phone, 'Unlock code', answerReset(token, await readCode(phone, 'PIN Reset Code')))
    await press(phone, 'Unlock')
    await see(phone, 'Create a PIN')
    await phone.evaluate(() => {
      location.hash = '#/activate?ticket=half'
    })
    await see(phone, 'Enter your PIN')
    await expect.poll(() => askedOf(phone)).toContain('discardUnlock')
  })
})

describe('out of sight for a minute', () => {
  const turn = (state: 'hidden' | 'visible') =>
    phone.evaluate((to) => {
      Reflect.defineProperty(document, 'visibilityState', { value: to, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    }, state)
  const hide = async (): Promise<void> => {
    await turn('hidden')
    await phone.clock.runFor(61_000)
    await turn('visible')
  }
  const typedIn = (label: string) => phone.getByLabel(label, { exact: true }).inputValue()

  test('the app forgets a PIN that was typed, one that was chosen, and the picture of one', async () => {
    await phone.clock.install()
    const token = issueCodes()
    await press(phone, 'Add identity')
    await fill(phone, 'Name', 'Work')
    await fill(phone, 'Serial number', token.serial)
    await fill(phone, 'Activation code', token.activationCode)
    await press(phone, 'Save')
    await press(phone, 'Choose a PIN for me')
    await phone.getByRole('group', { name: 'Your PIN', exact: true }).waitFor()
    await hide()
    expect([await typedIn('PIN'), await typedIn('Repeat the PIN')]).toEqual(['', ''])
    expect(await phone.getByRole('group', { name: 'Your PIN', exact: true }).count()).toBe(0)
    await phone.getByText('it forgot the PIN').waitFor()
    await createPin(phone)
    await picture().waitFor()
    await hide()
    await see(phone, 'Registration code')
    expect(await picture().count()).toBe(0)
    await takeRegistration(token, await readCode(phone, 'Registration code'))
    await sayRegistered(phone)
    await fill(phone, 'PIN', PIN)
    await hide()
    expect(await typedIn('PIN')).toBe('')
    await phone.getByText('it forgot the PIN').waitFor()
  })

  test('it forgets the keys of an unlock, and the picture of the new PIN', async () => {
    const token = await active()
    await phone.clock.install()
    await press(phone, "I've forgotten my PIN")
    const unlockCode = answerReset(token, await readCode(phone, 'PIN Reset Code'))
    const unlock = async (): Promise<void> => {
      await fill(phone, 'Unlock code', unlockCode)
      await press(phone, 'Unlock')
      await see(phone, 'Create a PIN')
    }
    await unlock()
    await hide()
    await see(phone, 'Locked')
    await phone.getByText('it forgot the unlock code').waitFor()
    expect(await askedOf(phone)).toContain('discardUnlock')
    await unlock()
    await createPin(phone)
    await picture().waitFor()
    await hide()
    await see(phone, 'Unlocked')
    expect(await picture().count()).toBe(0)
  })

  test('it forgets a code that came while it was out of sight already', async () => {
    await active()
    // The third code of a step is good for longer than a minute from now.
    await codeOf(phone)
    await codeOf(phone)
    await phone.clock.install()
    const letGo = await holdArgon2id()
    await fill(phone, 'PIN', PIN)
    await press(phone, 'Show security code')
    await turn('hidden')
    await letGo()
    await picture().waitFor()
    await phone.clock.runFor(61_000)
    await see(phone, 'Enter your PIN')
    await phone.getByText('out of sight for a minute').waitFor()
  })
})

describe('who cannot see the screen', () => {
  const focused = (role: 'button' | 'alert', name?: string) =>
    phone.getByRole(role, name === undefined ? {} : { name, exact: true }).and(phone.locator(':focus'))
  const deleting = async (): Promise<void> => {
    await press(phone, 'Menu')
    await phone.getByRole('menuitem', { name: 'Delete' }).click()
    await phone.getByRole('dialog').waitFor()
  }

  test('is at the button that asked when a question is answered with No, or left', async () => {
    const token = issueCodes()
    await addByTyping(phone, 'Work', { serial: token.serial, code: token.activationCode })
    for (const leave of [() => press(phone, 'No'), () => phone.keyboard.press('Escape')]) {
      await press(phone, 'Done')
      await phone.getByRole('dialog').waitFor()
      await leave()
      await focused('button', 'Done').waitFor()
    }
    await deleting()
    await press(phone, 'Cancel')
    await focused('button', 'Menu').waitFor()
  })

  test('hears that an identity could not be deleted', async () => {
    await active()
    const worker = phone.workers().find((one) => one.url().includes('vault-worker'))
    await worker?.evaluate(() => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('', 'UnknownError')
      }
    })
    await deleting()
    await phone.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await focused('alert').waitFor()
    expect(await phone.getByRole('dialog').getByRole('alert').textContent()).toMatch(/refused to write/)
    await press(phone, 'Cancel')
    await see(phone, 'Enter your PIN')
  })

  test('hears once that the next code is here', async () => {
    await active()
    await phone.clock.install()
    const waiting = phone.getByText(/The next code comes in/)
    /** Not over before this test has looked. */
    const isLong = async (): Promise<boolean> => {
      const text = (await waiting.isVisible()) ? await waiting.textContent({ timeout: 500 }).catch(() => '') : ''
      return Number(/\d+/.exec(text ?? '')?.[0] ?? 0) >= 5
    }
    for (let more = 0; more < 9 && !(await isLong()); more += 1) {
      if (more > 0) await press(phone, 'Done')
      await fill(phone, 'PIN', PIN)
      await press(phone, 'Show security code')
      await picture().waitFor()
      if (more === 0) expect(await phone.getByText('The next code is here.').count()).toBe(0)
    }
    await waiting.waitFor()
    const status = phone.getByRole('main').getByRole('status')
    expect(await status.textContent()).toBe('')
    await status.evaluate((element) => {
      const told: (string | null)[] = []
      Reflect.set(globalThis, 'told', told)
      new MutationObserver(() => told.push(element.textContent)).observe(element, { childList: true, characterData: true, subtree: true })
    })
    await phone.clock.runFor(35_000)
    await phone.getByRole('group', { name: 'Security code' }).waitFor()
    await phone.clock.runFor(5_000)
    expect(await phone.evaluate(() => Reflect.get(globalThis, 'told'))).toEqual(['The next code is here.'])
  })
})

test.each([
  ['refused', 403, /The site refused the code/],
  ['not reached', 503, /Type it on the site/],
])('a registration code whose hand-in is %s: what is said of it is so', async (_what, status, said) => {
  const token = issueCodes()
  const { letGo } = await holdExchange({ serialNumber: token.serial, activationCode: token.activationCode, name: 'Work' })
  letGo()
  const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'content-type' }
  await context.route('**/api/v1/activations/register', (route) =>
    route.fulfill({ status: route.request().method() === 'POST' ? status : 204, headers, json: { error: 'refused' } }),
  )
  await phone.evaluate((ticket) => {
    location.hash = `#/activate?ticket=${ticket}`
  }, TICKET)
  await press(phone, 'Save')
  await createPin(phone)
  await see(phone, 'Registration code')
  await phone.getByText(said).waitFor()
  expect(await phone.getByText(/type it on the site/i).count()).toBe(status === 403 ? 0 : 1)
  expect(await phone.getByText(/Do not leave before/).count()).toBe(status === 403 ? 0 : 1)
})

describe('what another window did', () => {
  let other: Page
  const openOther = async (): Promise<void> => {
    other = await context.newPage()
    await other.goto(site.url)
    await see(other, 'Enter your PIN')
  }

  test('is seen by a window as soon as it is seen again', async () => {
    await active()
    await openOther()
    await remove(other)
    await seenAgain(phone)
    await see(phone, 'No identity yet')
  })

  test('is told to whoever enters a PIN for what is gone', async () => {
    await active()
    await openOther()
    await remove(other)
    await fill(phone, 'PIN', PIN)
    await press(phone, 'Show security code')
    await see(phone, 'No identity yet')
    await phone.getByText('This identity was deleted in another window.').waitFor()
  })

  test('shows after an unlock code that is wrong because it was used there: the next PIN reset code', async () => {
    const token = await active()
    await openOther()
    await press(phone, "I've forgotten my PIN")
    await press(other, "I've forgotten my PIN")
    const resetCode = await readCode(phone, 'PIN Reset Code')
    const unlockCode = answerReset(token, resetCode)
    await fill(other, 'Unlock code', unlockCode)
    await press(other, 'Unlock')
    await createPin(other, '628405')
    await see(other, 'Unlocked')
    await fill(phone, 'Unlock code', unlockCode)
    await press(phone, 'Unlock')
    expect(await refused(phone)).toMatch(/not the unlock code/)
    await expect.poll(() => readCode(phone, 'PIN Reset Code')).not.toBe(resetCode)
    expect(await phone.getByLabel('Unlock code', { exact: true }).inputValue()).not.toBe('')
  })
})
