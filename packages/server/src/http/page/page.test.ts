import AxeBuilder from '@axe-core/playwright'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { findChromium } from '../../../../../e2e/chromium.ts'
import { GALLERY, REFUSED } from '../../../test/gallery.ts'
import { type Gallery, openGallery } from '../../../test/gallery-site.ts'

const NAMES = Object.keys(GALLERY)
const SIZES = { desk: { width: 1280, height: 800 }, phone: { width: 320, height: 640 } }

let browser: Browser
let site: Gallery
let context: BrowserContext | undefined

beforeAll(async () => {
  site = await openGallery()
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync']
  browser = await chromium.launch({ executablePath: findChromium() ?? 'chromium', args })
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
afterEach(async () => {
  await context?.close()
  context = undefined
})

/** A page of the gallery in a browser of its own. Whatever the browser complains of fails the test. */
async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  context ??= await browser.newContext({ viewport: SIZES.desk, ...options })
  const page = await context.newPage()
  page.on('console', (line) => expect.soft(line.text(), path).toBe(''))
  page.on('pageerror', (error) => expect.soft(error.message, path).toBe(''))
  await page.goto(`${site.url}/${path}`)
  return page
}

const looks = (['light', 'dark'] as const).flatMap((colorScheme) => (['desk', 'phone'] as const).map((size) => ({ colorScheme, size })))

test.each(looks)('nobody is shut out: axe finds nothing, $colorScheme, $size', async ({ colorScheme, size }) => {
  for (const path of [...NAMES, 'register?refused', 'account?refused']) {
    const page = await open(path, { colorScheme, viewport: SIZES[size] })
    // A scheme changes colours and nothing else.
    const axe = new AxeBuilder({ page }).setLegacyMode()
    const { violations } = await (colorScheme === 'dark' ? axe.withRules('color-contrast') : axe).analyze()
    expect(violations.map(({ id, nodes }) => ({ path, id, at: nodes.map(({ html }) => html) }))).toEqual([])
    await page.close()
  }
})

/** How far the page can be scrolled sideways. */
function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

test('no page scrolls sideways at 320 px, nor with letters twice as large', async () => {
  for (const path of NAMES.map((name) => `${name}?refused`)) {
    const page = await open(path, { viewport: SIZES.phone })
    expect(await overhang(page), path).toBe(0)
    await page.setViewportSize({ width: 640, height: 400 })
    await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
    expect(await overhang(page), `${path} with large letters`).toBe(0)
    await page.close()
  }
})

test('names that cannot be broken at a space are broken elsewhere', async () => {
  for (const path of ['sign-in', 'actions', 'account', 'suspend', 'questions'].map((name) => `${name}?refused`)) {
    const page = await open(path)
    await page.evaluate(() => {
      const named =
        'tbody th, .cell-value, .summary dd:nth-of-type(1), h1, h2, .lead, .brand span, .message div, label, .action a, .button, option, .hint, .foot'
      for (const element of document.querySelectorAll(named)) element.textContent = 'W'.repeat(64)
    })
    for (const width of [320, 760, 1280]) {
      await page.setViewportSize({ width, height: 640 })
      expect(await overhang(page), `${path} at ${width}`).toBe(0)
    }
    await page.close()
  }
})

/** Where everything is that one reads or presses. */
function places(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    await document.fonts.ready
    const seen = [...document.querySelectorAll('h1, .lead, label, input, select, button, .sheet a, [role=group], .foot')].filter(
      (element) => element.checkVisibility(),
    )
    return seen.map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect()
      return `${element.tagName} ${element.id} ${x} ${y} ${width} ${height}`
    })
  })
}

test.each(['desk', 'phone'] as const)('nothing moves when a message appears, %s', async (size) => {
  for (const name of NAMES) {
    const [before, after] = [await open(name, { viewport: SIZES[size] }), await open(`${name}?refused`)]
    expect(await after.getByRole('alert').textContent()).toBe(REFUSED.text)
    expect(await places(after), name).toEqual(await places(before))
    await Promise.all([before.close(), after.close()])
  }
})

test('nothing moves while fonts and script arrive', async () => {
  for (const name of NAMES) {
    context = await browser.newContext({ viewport: SIZES.desk })
    await context.addInitScript(() => {
      const total = { sum: 0 }
      Object.assign(window, { shifted: total })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) total.sum += 'value' in entry ? Number(entry.value) : 0
      }).observe({ type: 'layout-shift', buffered: true })
    })
    const page = await open(name)
    await page.evaluate(() => document.fonts.ready)
    const sum = await page.evaluate(
      () =>
        new Promise<number>((resolve) =>
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(Reflect.get(window, 'shifted').sum))),
        ),
    )
    expect(sum, name).toBeLessThan(0.002)
    await context.close()
  }
})

test('fields, links and codes have the names that journeys find them by', async () => {
  const signIn = await open('sign-in')
  for (const name of ['User name', 'Password']) expect(await signIn.getByRole('textbox', { name, exact: true }).count()).toBe(1)
  for (const name of ['User name', 'Password']) expect(await signIn.getByLabel(name).count()).toBe(1)
  expect(await signIn.getByRole('heading', { name: 'Sign in', exact: true, level: 1 }).count()).toBe(1)
  expect(await signIn.title()).toBe('Sign in · Latchkey')
  const actions = await open('actions')
  const locked = actions.getByRole('link', { name: 'My Mobile OTP or Desktop Soft Token application is locked', exact: true })
  expect(await locked.getAttribute('href')).toBe('/unlock')
  const identity = await open('identity')
  expect(await identity.getByRole('group', { name: 'Serial number', exact: true }).textContent()).toBe('04829-15736')
  const activation = await identity.getByRole('group', { name: 'Activation code', exact: true }).textContent()
  expect(activation?.replaceAll(/[\s-]/g, '')).toBe('08JS0VHXVF3BD38YV65R')
  const questions = await open('questions')
  expect(await questions.getByRole('combobox', { name: 'Question 1', exact: true }).count()).toBe(1)
  const codes = await open('recovery-codes')
  expect(await codes.getByRole('group', { name: 'Recovery codes', exact: true }).getByRole('listitem').count()).toBe(10)
})

test('every entry of the list of actions can be pressed anywhere', async () => {
  const page = await open('actions', { javaScriptEnabled: false })
  await page.route('**/unlock', (route) => route.fulfill({ contentType: 'text/html', body: '<title>unlock</title>' }))
  const detail = await page.getByText('Too many wrong PINs').boundingBox()
  await page.mouse.click((detail?.x ?? 0) + 5, (detail?.y ?? 0) + 5)
  await page.waitForURL('**/unlock')
})

test('without script a refusal has the focus, the menu opens, and no button is there that does nothing', async () => {
  const page = await open('account?refused', { javaScriptEnabled: false })
  // `autofocus` is applied at the first frame, which may come after `load`.
  await page.locator('[role=alert]:focus').waitFor()
  await page.getByRole('button', { name: 'Settings' }).press('Enter')
  expect(await page.getByRole('menuitem', { name: 'Manage My Account' }).isVisible()).toBe(true)
  await page.keyboard.press('Tab')
  expect(await page.locator(':focus').textContent()).toBe('Sign out')
  await page.keyboard.press('Escape')
  expect(await page.getByRole('menuitem').count()).toBe(0)
  for (const name of ['identity', 'recovery-codes', 'sign-in']) {
    const other = await open(name)
    expect(await other.getByRole('button', { name: /Copy|Download|Print|Show/ }).count(), name).toBe(0)
  }
})

test('an open menu is sound, and its arrow keys go round', async () => {
  const page = await open('account')
  const button = page.getByRole('button', { name: 'Settings' })
  await button.press('ArrowDown')
  const focused = page.locator(':focus')
  expect(await focused.textContent()).toBe('Manage My Account')
  const results = await new AxeBuilder({ page }).analyze()
  expect(results.violations.map(({ id }) => id)).toEqual([])
  for (const [key, expected] of [
    ['ArrowDown', 'Sign out'],
    ['ArrowDown', 'Manage My Account'],
    ['ArrowUp', 'Sign out'],
    ['Home', 'Manage My Account'],
    ['End', 'Sign out'],
  ] as const) {
    await page.keyboard.press(key)
    expect(await focused.textContent(), key).toBe(expected)
  }
  const [list, opener] = [await page.getByRole('menu').boundingBox(), await button.boundingBox()]
  expect(list?.y).toBeGreaterThanOrEqual((opener?.y ?? 0) + (opener?.height ?? 0))
  await page.keyboard.press('Escape')
  expect(await button.evaluate((element) => element === document.activeElement)).toBe(true)
})

test('the whole screen is in the order in which Tab goes, and the skip link comes first', async () => {
  const page = await open('sign-in')
  const order: (string | null)[] = []
  for (let stop = 0; stop < 7; stop += 1) {
    await page.keyboard.press('Tab')
    order.push(await page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || null))
  }
  expect(order).toEqual([
    'Skip to the content',
    'field-user',
    'field-password',
    'Show',
    'Sign in',
    "I've forgotten my password",
    'I have misplaced my token',
  ])
})
