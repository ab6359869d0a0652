import AxeBuilder from '@axe-core/playwright'
import { type Browser, type BrowserContext, errors, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appTour } from './app-tour.ts'
import { openBrowser, openProfile } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { enrol, fill, PASSWORD, press, securityCode, see } from './person.ts'
import { openPhone } from './phone.ts'
import { tour } from './tour.ts'

const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 320, height: 640 }
/** What a screen of 1280 px has left at 200 %. */
const ZOOMED = { width: 640, height: 400 }
const FORMS = [
  { colorScheme: 'light', viewport: NARROW },
  { colorScheme: 'dark', viewport: NARROW },
  { colorScheme: 'dark', viewport: WIDE },
  { colorScheme: 'light', viewport: WIDE },
] as const

type Places = Readonly<Record<string, readonly number[]>>

let house: House
let browser: Browser
/** Faults by the name of the page, gathered on one walk through everything. */
const faults: Record<'axe' | 'scroll' | 'title' | 'language' | 'focus' | 'shift' | 'policy' | 'console' | 'inline', string[]> = {
  axe: [],
  scroll: [],
  title: [],
  language: [],
  focus: [],
  shift: [],
  policy: [],
  console: [],
  inline: [],
}
const seen: string[] = []
const quiet = new Map<string, Places>()
let shifts = 0

beforeAll(async () => {
  house = await openHouse({ LATCHKEY_RECOVERY_PROOFS: 'security-code,security-questions,recovery-code,mailed-code' })
  browser = await openBrowser()
  const { context, page } = await openProfile(browser, { script: true })
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await listen(context, page)
  await tour({ house, page, look: (name) => examine(page, name) })
  const { context: phones, phone } = await openPhone(browser)
  await phone.emulateMedia({ reducedMotion: 'reduce' })
  await listen(phones, phone)
  await page.context().clearCookies()
  await appTour({ house, desk: page, phone, look: (name) => examine(phone, name) })
}, 420_000)

afterAll(async () => {
  await browser?.close()
  await house?.close()
})

/** A page that a status says no with is no fault of its own; anything else on the console is. */
async function listen(context: BrowserContext, page: Page): Promise<void> {
  await context.exposeFunction('violated', (what: string) => faults.policy.push(what))
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      Reflect.get(globalThis, 'violated')(`${violatedDirective} ${blockedURI} at ${location.pathname}`)
    })
  })
  page.on('pageerror', (error) => faults.console.push(`${page.url()}: ${error.message}`))
  page.on('console', (message) => {
    const { url } = message.location()
    const expected = url === page.url() || url.endsWith('/api/v1/activations/open')
    const status = /^Failed to load resource: .* status of 4\d\d/.test(message.text()) && expected
    if (message.type() === 'error' && !status) faults.console.push(`${page.url()}: ${message.text()}`)
  })
}

async function examine(page: Page, name: string): Promise<void> {
  seen.push(name)
  await head(page, name)
  await focus(page, name)
  for (const { colorScheme, viewport } of FORMS) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize(viewport)
    if (colorScheme === 'light') await stillThere(page, `${name}, ${viewport.width}`)
    await noSideways(page, `${name}, ${viewport.width}`)
    // A scheme changes colours and nothing else.
    const axe = new AxeBuilder({ page }).setLegacyMode()
    const { violations } = await (colorScheme === 'dark' ? axe.withRules('color-contrast') : axe).analyze()
    for (const { id, nodes } of violations) faults.axe.push(`${name}, ${colorScheme} ${viewport.width}: ${id} ${nodes[0]?.html ?? ''}`)
  }
  await page.setViewportSize(ZOOMED)
  await noSideways(page, `${name}, 200 %`)
  await bigLetters(page, name)
  await page.setViewportSize(NARROW)
  await rightToLeft(page, name)
  await page.setViewportSize(WIDE)
}

async function head(page: Page, name: string): Promise<void> {
  const heading = (await page.locator('h1').allTextContents()).join(' and ')
  if (!(await page.title()).startsWith(`${heading} · `)) faults.title.push(`${name}: “${await page.title()}” over “${heading}”`)
  if ((await page.locator('html').getAttribute('lang')) !== 'en') faults.language.push(name)
  const inline = await page.evaluate(countInline)
  if (inline > 0) faults.inline.push(name)
}

/** Runs in the page, before anything else looks at it: what looks may leave a style behind. */
function countInline(): number {
  if (Reflect.has(globalThis, 'looked')) return 0
  Reflect.set(globalThis, 'looked', true)
  return document.querySelectorAll('[style], style, script:not([src]), [onclick], [onsubmit], [onload]').length
}

/** `autofocus` is applied at the first frame, which may come after `load`. One that never comes is waited for once, and not at every page. */
async function focus(page: Page, name: string): Promise<void> {
  if (faults.focus.length > 0) return
  const alert = page.getByRole('alert')
  if (name.endsWith('refused')) await alert.waitFor()
  if ((await alert.count()) === 0) return
  const focused = alert.and(page.locator(':focus'))
  await focused.waitFor().catch((error: unknown) => {
    if (!(error instanceof errors.TimeoutError)) throw error
    faults.focus.push(name)
  })
}

async function noSideways(page: Page, name: string): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (over > 0) faults.scroll.push(`${name}: ${over} px`)
}

/** The reader's own letters, twice as large, on the screen as wide as it is. */
async function bigLetters(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
  await noSideways(page, `${name}, letters of 200 %`)
  await page.evaluate(() => document.documentElement.removeAttribute('style'))
}

/** A language that is written from right to left changes the direction and nothing else. */
async function rightToLeft(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'))
  await noSideways(page, `${name}, right to left`)
  await page.evaluate(() => document.documentElement.removeAttribute('dir'))
}

/** What a message appears over stays where it was: the same page without one came first on the walk. */
async function stillThere(page: Page, name: string): Promise<void> {
  const places: Places = await page.evaluate(() => {
    const found = [...document.querySelectorAll('h1, main input:not([type=hidden]), main select, main button:not([hidden])')]
    return Object.fromEntries(
      found.map((element, index) => {
        const { x, y } = element.getBoundingClientRect()
        return [`${index} ${element.textContent} ${element.id}`, [Math.round(x), Math.round(y + scrollY)]]
      }),
    )
  })
  const key = `${new URL(page.url()).pathname} ${page.viewportSize()?.width}`
  if ((await page.locator('.message').count()) === 0) {
    quiet.set(key, places)
    return
  }
  const before = quiet.get(key)
  if (before === undefined || Object.keys(before).join() !== Object.keys(places).join()) return
  shifts += 1
  if (JSON.stringify(before) !== JSON.stringify(places))
    faults.shift.push(`${name}: ${JSON.stringify(before)} then ${JSON.stringify(places)}`)
}

test('every page was seen, and messages came over pages that were seen without', () => {
  expect(seen.length).toBeGreaterThan(95)
  expect(shifts).toBeGreaterThan(19)
})

test.each([
  { kind: 'axe', says: 'axe finds nothing, light and dark, wide and narrow' },
  {
    kind: 'scroll',
    says: 'nothing is wider than 320 px, either way of writing, than the half of a screen, or than it with letters twice as large',
  },
  { kind: 'title', says: 'a title names its page' },
  { kind: 'language', says: 'a page says its language' },
  { kind: 'focus', says: 'a refusal has the focus' },
  { kind: 'shift', says: 'nothing moves when a message appears' },
  { kind: 'inline', says: 'no style and no script stands in a page' },
  { kind: 'policy', says: 'nothing is against the policy' },
  { kind: 'console', says: 'the console stays empty' },
] as const)('$kind: $says', ({ kind }) => {
  expect(faults[kind]).toEqual([])
})

describe('bob', () => {
  let page: Page
  let bare: Page
  let answers: Readonly<Record<string, string>> = {}
  beforeAll(async () => {
    ;({ page } = await openProfile(browser, { script: true }))
    ;({ page: bare } = await openProfile(browser, { script: false }))
    answers = (await enrol(house, bare, 'bob', 'Bob')).questions
  })

  /** Tab until it is reached; whatever has the focus on the way shows it. */
  const tabTo = async (role: 'link' | 'button' | 'textbox' | 'checkbox', name: string): Promise<void> => {
    const wished = page
      .getByRole(role, { name, exact: true })
      .or(page.getByLabel(name, { exact: true }))
      .first()
    await wished.waitFor()
    for (let presses = 0; presses < 40; presses += 1) {
      if (await wished.evaluate((element) => element === document.activeElement)) return
      await page.keyboard.press('Tab')
      expect(await page.evaluate(focusShown), `the focus on the way to “${name}”`).toBe(true)
    }
    throw new Error(`Tab never comes to “${name}”`)
  }
  const type = async (label: string, text: string) => {
    await tabTo('textbox', label)
    await page.keyboard.type(text)
  }
  const enter = async (role: 'link' | 'button', name: string, key: 'Enter' | 'Space' = 'Enter') => {
    await tabTo(role, name)
    await page.keyboard.press(key)
  }

  test('B with the keyboard alone: from the portal to the second factor, and out of it by its link', async () => {
    await page.goto(house.portal)
    await enter('link', 'Sign in')
    await see(page, 'Sign in')
    await type('User name', 'bob')
    await type('Password', PASSWORD)
    await page.keyboard.press('Enter')
    await see(page, 'Dashboard')
    await enter('button', 'Settings', 'Space')
    await page.getByRole('menuitem', { name: 'Manage My Account' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await see(page, 'Second factor')
    await enter('link', 'I have misplaced my token')
    await see(page, 'Self-Administration')
  })

  test('C with the keyboard alone: from Self-Administration to new codes', async () => {
    await type('User name', 'bob')
    await type('Password', PASSWORD)
    await enter('button', 'Log in', 'Space')
    await see(page, "Confirm it's you")
    await enter('link', 'question & answer challenge')
    await see(page, 'Question & answer challenge')
    for (const [question, answer] of Object.entries(answers)) {
      if ((await page.getByRole('textbox', { name: question, exact: true }).count()) === 1) await type(question, answer)
    }
    await enter('button', 'Continue')
    await see(page, 'Self-Administration Actions')
    await enter('link', "I'd like to recreate my soft token since I deleted its identity from my device")
    await see(page, 'Recreate your soft token')
    await tabTo('checkbox', 'Suspend the lost token at once')
    await page.keyboard.press('Space')
    expect(await page.getByRole('checkbox').isChecked()).toBe(false)
    await enter('button', 'Yes')
    await see(page, 'Soft token identity')
    await enter('button', 'Next')
    await type('Registration code', '48NN')
    await page.keyboard.press('Enter')
    expect(await page.getByRole('alert').textContent()).toContain('4 characters')
  })

  test('with script off there is no button that does nothing', async () => {
    const dead = () => bare.locator('button[type=button]:visible:not([popovertarget])').count()
    for (const address of [`${house.login}/account`, `${house.login}/self-administration`, house.portal, house.token]) {
      await bare.goto(address)
      expect(await dead(), address).toBe(0)
    }
    await bare.goto(`${house.login}/account`)
    await fill(bare, 'Security code', await securityCode(house, 'Bob'))
    await press(bare, 'Verify')
    await see(bare, 'My account')
    expect(await dead()).toBe(0)
    await bare.goto(`${house.login}/account/recovery-codes`)
    await see(bare, 'Recovery codes')
    await press(bare, 'Get new recovery codes')
    await bare.getByRole('checkbox').waitFor()
    expect(await dead()).toBe(0)
    await bare.goto(`${house.login}/account/recreate`)
    await press(bare, 'Yes')
    await see(bare, 'Soft token identity')
    expect(await dead()).toBe(0)
  })
})

/** Runs in the page: what has the focus is outlined, or what stands for it is. */
function focusShown(): boolean {
  const at = document.activeElement
  if (at === null || at === document.body) return true
  return [getComputedStyle(at), getComputedStyle(at, '::after')].some(
    ({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
  )
}
