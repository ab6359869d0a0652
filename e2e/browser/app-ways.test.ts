import type { Browser, BrowserContext, Locator, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, openProfile } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { accepts, issueCodes, takeRegistration } from './own-server.ts'
import { activate, beginEnrolment, fill, PASSWORD, PIN, press, readCode, refused, see } from './person.ts'
import { addByTyping, codeOf, lockApp, openPhone, sayRegistered } from './phone.ts'

const NO_TICKET = 'AAAAAAAAAAAAAAAAAAAAAA'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1'

let house: House
let browser: Browser
beforeAll(async () => {
  house = await openHouse()
  browser = await openBrowser(['--host-resolver-rules=MAP plain.test 127.0.0.1'])
})
afterAll(async () => {
  await browser?.close()
  await house?.close()
})

async function active(phone: Page): Promise<ReturnType<typeof issueCodes>> {
  const token = issueCodes()
  await phone.goto(house.token)
  await see(phone, 'No identity yet')
  await takeRegistration(token, await addByTyping(phone, 'Work', { serial: token.serial, code: token.activationCode }))
  await sayRegistered(phone)
  return token
}

describe('how many actions a person needs, from “I have misplaced my token” on', () => {
  let desk: Page
  let phone: Page
  let context: BrowserContext
  let questions: Record<string, string>
  let actions = 0
  const act = async (deed: Promise<void>): Promise<void> => {
    actions += 1
    await deed
  }
  const button = (page: Page, name: string): Promise<void> => act(press(page, name))
  const link = (name: string): Promise<void> => act(desk.getByRole('link', { name, exact: true }).click())
  const type = (page: Page, label: string, text: string): Promise<void> => act(fill(page, label, text))

  beforeAll(async () => {
    ;({ page: desk } = await openProfile(browser, { script: true }))
    ;({ context, phone } = await openPhone(browser))
    ;({ questions } = await beginEnrolment(house, desk, 'grace'))
    await activate(house, desk, 'Terminal')
    await see(desk, 'Your soft token is active')
    await press(desk, 'OK')
    await see(desk, "You're all set")
  })
  afterAll(() => context.close())

  /** C1, the short way, to the actions. */
  const comeIn = async (): Promise<void> => {
    await desk.context().clearCookies()
    await desk.goto(`${house.login}/account`)
    await see(desk, 'Sign in')
    actions = 0
    await link('I have misplaced my token')
    await type(desk, 'User name', 'grace')
    await type(desk, 'Password', PASSWORD)
    await button(desk, 'Log in')
    await link('question & answer challenge')
    await see(desk, 'Question & answer challenge')
    for (const [question, answer] of Object.entries(questions)) {
      if ((await desk.getByLabel(question, { exact: true }).count()) > 0) await type(desk, question, answer)
    }
    await button(desk, 'Continue')
  }
  const recreate = async (): Promise<void> => {
    await link("I'd like to recreate my soft token since I deleted its identity from my device")
    await button(desk, 'Yes')
    await see(desk, 'Soft token identity')
  }
  const newPin = async (): Promise<void> => {
    await see(phone, 'Create a PIN')
    await type(phone, 'PIN', PIN)
    await type(phone, 'Repeat the PIN', PIN)
    await button(phone, 'Continue')
  }

  test('re-created by a ticket: 16 at most', async () => {
    await comeIn()
    await recreate()
    const href = (await desk.getByRole('link', { name: 'Open the soft token on this device' }).getAttribute('href')) ?? ''
    await act(phone.goto(href).then(() => undefined))
    await see(phone, 'Add identity')
    await button(phone, 'Save')
    await newPin()
    await see(desk, /Does the app show a code that ends in/)
    await button(desk, 'Yes, it does')
    await see(desk, 'Your soft token is active')
    expect(actions).toBeLessThanOrEqual(16)
  })

  test('re-created by typing: 24 at most', async () => {
    await comeIn()
    await recreate()
    const codes = { serial: await readCode(desk, 'Serial number'), code: await readCode(desk, 'Activation code') }
    await phone.goto(house.token)
    await phone.getByRole('heading', { level: 1 }).waitFor()
    await phone.getByRole('button', { name: 'All identities' }).click()
    await button(phone, 'Add identity')
    await type(phone, 'Name', 'Typed')
    await type(phone, 'Serial number', codes.serial)
    await type(phone, 'Activation code', codes.code)
    await button(phone, 'Save')
    await newPin()
    const registrationCode = await readCode(phone, 'Registration code')
    await button(desk, 'Next')
    await act(desk.getByRole('textbox', { name: 'Registration code', exact: true }).fill(registrationCode))
    await button(desk, 'Next')
    await see(desk, 'Your soft token is active')
    await button(phone, 'Done')
    await act(phone.getByRole('dialog').getByRole('button', { name: 'Yes', exact: true }).click())
    await see(phone, 'Identities')
    expect(actions).toBeLessThanOrEqual(24)
  })

  test('unlocked: 18 at most', async () => {
    await phone.getByRole('button', { name: 'Typed', exact: true }).click()
    const resetCode = await lockApp(phone)
    await comeIn()
    await link('My Mobile OTP or Desktop Soft Token application is locked')
    await button(desk, 'Yes')
    await act(desk.getByRole('textbox', { name: 'PIN Reset Code', exact: true }).fill(resetCode))
    await button(desk, 'Next')
    await type(phone, 'Unlock code', await readCode(desk, 'Unlock code'))
    await button(phone, 'Unlock')
    await newPin()
    await see(phone, 'Unlocked')
    await button(phone, 'Done')
    expect(actions).toBeLessThanOrEqual(18)
    expect(await codeOf(phone)).toMatch(/^\d{6}$/)
  })
})

describe('where the app cannot be, or is in the wrong place', () => {
  test('over plain http of another host it says why, and what to do', async () => {
    const { context, phone } = await openPhone(browser)
    await phone.goto(house.token.replace('localhost', 'plain.test'))
    await see(phone, 'This browser cannot keep a soft token')
    expect(await phone.getByText(/Open it by https/).count()).toBe(1)
    await context.close()
  })

  test.each([
    ['private storage', () => Reflect.deleteProperty(StorageManager.prototype, 'getDirectory')],
    ['locks', () => Reflect.deleteProperty(Navigator.prototype, 'locks')],
    ['WebCrypto', () => Reflect.deleteProperty(Crypto.prototype, 'subtle')],
  ])('without %s it says so', async (_what, take) => {
    const { context, phone } = await openPhone(browser)
    await context.addInitScript(take)
    await phone.goto(house.token)
    await see(phone, 'This browser cannot keep a soft token')
    await context.close()
  })

  test('a link in the browser of an iPhone is not opened there, but leads to the installed app', async () => {
    const context = await browser.newContext({ userAgent: IPHONE, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    const phone = await context.newPage()
    const asked: string[] = []
    phone.on('request', (request) => asked.push(request.url()))
    await phone.goto(`${house.token}/#/activate?ticket=${NO_TICKET}`)
    await see(phone, 'Open the installed app')
    expect(asked.filter((url) => url.includes('/api/'))).toEqual([])
    expect(phone.url()).not.toContain(NO_TICKET)
    await press(phone, 'Use this browser all the same')
    expect(await refused(phone)).toMatch(/opened already, or is too old/)
    await context.close()
  })

  test('with script off it says what it needs', async () => {
    const { page } = await openProfile(browser, { script: false })
    await page.goto(house.token)
    expect(await page.getByText(/The soft token needs script/).isVisible()).toBe(true)
    await page.close()
  })
})

describe('what the app watches', () => {
  test('out of sight for a minute, it forgets the code that it showed', async () => {
    const { context, phone } = await openPhone(browser)
    await active(phone)
    await phone.clock.install()
    await fill(phone, 'PIN', PIN)
    await press(phone, 'Show security code')
    const code = await readCode(phone, 'Security code')
    const turn = (state: 'hidden' | 'visible') =>
      phone.evaluate((to) => {
        Reflect.defineProperty(document, 'visibilityState', { value: to, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, state)
    await turn('hidden')
    await phone.clock.runFor(59_000)
    expect(
      await phone
        .getByRole('group', { name: 'Security code' })
        .or(phone.getByText(/no longer good/))
        .count(),
    ).toBe(1)
    await phone.clock.runFor(2_000)
    await turn('visible')
    await see(phone, 'Enter your PIN')
    expect(await phone.content()).not.toContain(code.slice(0, 3))
    expect(await phone.getByLabel('PIN', { exact: true }).inputValue()).toBe('')
    await context.close()
  })

  test('the phone’s own Back leads to the first screen, and out of the app only from there', async () => {
    const { context, phone } = await openPhone(browser)
    await phone.goto(house.token)
    await press(phone, 'Add identity')
    await see(phone, 'Add identity')
    await phone.goBack()
    await see(phone, 'No identity yet')
    await active(phone)
    await press(phone, 'Menu')
    await phone.getByRole('menuitem', { name: 'Details' }).click()
    await see(phone, 'Details')
    await phone.goBack()
    await see(phone, 'Enter your PIN')
    await fill(phone, 'PIN', PIN)
    await press(phone, 'Show security code')
    await phone.getByRole('group', { name: 'Security code' }).waitFor()
    await phone.goBack()
    await see(phone, 'Enter your PIN')
    await press(phone, "I've forgotten my PIN")
    await see(phone, 'Locked')
    await phone.goBack()
    await see(phone, 'Enter your PIN')
    await context.close()
  })

  test.each([
    { typed: '', kept: 'Example Bank' },
    { typed: 'Work', kept: 'Work' },
  ])(
    'what the site is called is suggested as a name as soon as it is known, and takes nothing that was typed: “$typed”',
    async ({ typed, kept }) => {
      const { context, phone } = await openPhone(browser)
      const asked = Promise.withResolvers<void>()
      const mayAnswer = Promise.withResolvers<void>()
      await context.route('**/config.json', async (route) => {
        if (route.request().method() === 'HEAD') return route.fallback()
        const response = await route.fetch()
        asked.resolve()
        await mayAnswer.promise
        await route.fulfill({ response, json: { ...(await response.json()), name: 'Example Bank' } })
      })
      await phone.goto(house.token)
      await press(phone, 'Add identity')
      const name = phone.getByRole('textbox', { name: 'Name', exact: true })
      await name.waitFor()
      await asked.promise
      expect(await name.inputValue()).toBe('')
      if (typed !== '') await name.fill(typed)
      mayAnswer.resolve()
      await phone.getByRole('banner').getByText('Example Bank').waitFor()
      expect(await name.inputValue()).toBe(kept)
      await context.close()
    },
  )

  test('a clock that is wrong is told, with how far', async () => {
    const { context, phone } = await openPhone(browser)
    await active(phone)
    await phone.clock.install({ time: Date.now() + 7 * 60_000 })
    await phone.reload()
    await phone.getByText(/This device's clock is [78] minutes fast/).waitFor()
    await phone.clock.setFixedTime(Date.now() - 26 * 3_600_000)
    await phone.reload()
    await phone.getByText(/This device's clock is 2[67] hours slow/).waitFor()
    await context.close()
  })

  test('script that breaks in runs nothing, asks nobody and carries no key away', async () => {
    const { context, phone } = await openPhone(browser)
    await active(phone)
    const outcomes = await phone.evaluate(async () => {
      const tried: Record<string, string> = {}
      const attempt = async (what: string, deed: () => unknown): Promise<void> => {
        try {
          tried[what] = String((await deed()) ?? 'done')
        } catch (error) {
          tried[what] = error instanceof Error ? error.name : 'thrown'
        }
      }
      await attempt('markup', () => {
        document.body.innerHTML = '<img src=x onerror=alert(1)>'
      })
      await attempt('script', () => {
        document.createElement('script').textContent = 'alert(1)'
      })
      // In a turn of its own: what a debugger evaluates may do more than a page.
      await new Promise((resolve) => setTimeout(resolve, 50))
      // biome-ignore lint/security/noGlobalEval: that it does not run is the point
      await attempt('eval', () => eval('1'))
      await attempt('worker', () => new Worker('/assets/any.js'))
      await attempt('fetch', () => fetch('http://127.0.0.1:9/'))
      await attempt('policy', () => Reflect.get(globalThis, 'trustedTypes').createPolicy('another', {}))
      return tried
    })
    expect(outcomes).toEqual({
      markup: 'TypeError',
      script: 'TypeError',
      eval: 'EvalError',
      worker: 'TypeError',
      fetch: 'TypeError',
      policy: 'TypeError',
    })
    await context.close()
  })

  test('the worker in which WebAssembly runs can do nothing else', async () => {
    const { context, phone } = await openPhone(browser)
    await phone.goto(house.token)
    const argon2id = phone.waitForEvent('worker', (worker) => worker.url().includes('argon2id'))
    await press(phone, 'Add identity')
    const token = issueCodes()
    await fill(phone, 'Name', 'Work')
    await fill(phone, 'Serial number', token.serial)
    await fill(phone, 'Activation code', token.activationCode)
    await press(phone, 'Save')
    // As text: nothing may rewrite the import on its way.
    const outcomes = await (await argon2id).evaluate(`(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      const tried = {}
      const attempt = (what, deed) => Promise.resolve().then(deed).then(() => 'done', (error) => error.name).then((outcome) => { tried[what] = outcome })
      await attempt('eval', () => eval('1'))
      await attempt('function', () => new Function('return 1')())
      await attempt('fetch', () => fetch('/config.json'))
      await attempt('import', () => import(new URL('/sw.js', location.href).href))
      await attempt('worker', () => new Worker('/sw.js'))
      return tried
    })()`)
    expect(outcomes).toEqual({ eval: 'EvalError', function: 'EvalError', fetch: 'TypeError', import: 'TypeError', worker: 'TypeError' })
    await context.close()
  })
})

describe('whatever is pasted', () => {
  const GARBAGE = [
    '',
    ' \t\n ',
    '0',
    'U'.repeat(40),
    '<img src=x onerror=alert(1)>',
    '\u202e\u0000\u200b',
    '０４８２９１５７３６',
    '🔑🔑🔑',
    'x'.repeat(100_000),
    "'; DROP TABLE identities; --",
  ]

  test('each field says what is wrong, keeps what was typed unless it is secret, and nothing is made', async () => {
    const { context, phone } = await openPhone(browser)
    const failures: string[] = []
    phone.on('pageerror', (error) => failures.push(error.message))
    await phone.goto(house.token)
    await press(phone, 'Add identity')
    const token = issueCodes()
    for (const garbage of GARBAGE) {
      await fill(phone, 'Name', 'Work')
      await fill(phone, 'Serial number', garbage)
      await fill(phone, 'Activation code', token.activationCode)
      await press(phone, 'Save')
      expect(await refused(phone), garbage.slice(0, 20)).not.toBe('')
      await fill(phone, 'Serial number', token.serial)
      await fill(phone, 'Activation code', garbage)
      await press(phone, 'Save')
      expect(await refused(phone), garbage.slice(0, 20)).not.toBe('')
      expect((await phone.getByLabel('Serial number').inputValue()).replace('-', '')).toBe(token.serial)
    }
    await fill(phone, 'Activation code', ` ${token.activationCode.toLowerCase().replaceAll(/(....)/g, '$1 – ')}`)
    await press(phone, 'Save')
    await see(phone, 'Create a PIN')
    for (const garbage of GARBAGE) {
      await fill(phone, 'PIN', garbage)
      await fill(phone, 'Repeat the PIN', garbage)
      await press(phone, 'Continue')
      expect(await refused(phone)).toMatch(/6 to 12 digits/)
      expect(await phone.getByLabel('PIN', { exact: true }).inputValue()).toBe('')
    }
    await phone.reload()
    await see(phone, 'No identity yet')
    expect(failures).toEqual([])
    await context.close()
  })

  test('an unlock code that is none is not counted', async () => {
    const { context, phone } = await openPhone(browser)
    await active(phone)
    await press(phone, "I've forgotten my PIN")
    for (const garbage of GARBAGE) {
      await fill(phone, 'Unlock code', garbage)
      await press(phone, 'Unlock')
      expect(await refused(phone)).not.toMatch(/not the unlock code|next one is taken/)
    }
    await press(phone, 'Back')
    expect(await codeOf(phone)).toMatch(/^\d{6}$/)
    await context.close()
  })
})

describe('with the keyboard alone', () => {
  test('from the first screen to a security code', async () => {
    const { page } = await openProfile(browser, { script: true })
    const token = issueCodes()
    await page.goto(house.token)
    await see(page, 'No identity yet')
    const tabTo = async (wished: Locator): Promise<void> => {
      for (let presses = 0; presses < 30; presses += 1) {
        if (await wished.evaluate((element) => element === document.activeElement)) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`Tab never comes to ${String(wished)}`)
    }
    const enter = async (name: string): Promise<void> => {
      await tabTo(page.getByRole('button', { name, exact: true }))
      await page.keyboard.press('Enter')
    }
    const type = async (label: string, text: string): Promise<void> => {
      await tabTo(page.getByLabel(label, { exact: true }))
      await page.keyboard.press('ControlOrMeta+a')
      await page.keyboard.type(text)
    }
    await enter('Add identity')
    await see(page, 'Add identity')
    await type('Name', 'Work')
    await type('Serial number', token.serial.toLowerCase())
    await type('Activation code', token.activationCode.toLowerCase())
    expect(await page.getByLabel('Activation code').inputValue()).toMatch(/^(\w{4}-){4}\w{4}$/)
    await page.keyboard.press('Enter')
    await see(page, 'Create a PIN')
    await type('PIN', PIN)
    await type('Repeat the PIN', PIN)
    await page.keyboard.press('Enter')
    await see(page, 'Registration code')
    await takeRegistration(token, await readCode(page, 'Registration code'))
    await enter('Done')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await enter('Done')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Enter')
    await see(page, 'Enter your PIN')
    await page.keyboard.type('111')
    await page.keyboard.press('Enter')
    expect(await refused(page)).toMatch(/was not counted/)
    await page.keyboard.type(PIN)
    await page.keyboard.press('Enter')
    await page.getByRole('group', { name: 'Security code' }).waitFor()
    expect(accepts(token, await readCode(page, 'Security code'))).toBe(true)
    await page.keyboard.press('Enter')
    await see(page, 'Enter your PIN')
    await tabTo(page.getByRole('button', { name: 'Menu' }))
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await see(page, 'Details')
    await page.close()
  })
})
