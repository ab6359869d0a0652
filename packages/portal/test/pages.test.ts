import { AxeBuilder } from '@axe-core/playwright'
import { type BrowserContext, type Browser as Chromium, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findChromium } from '../../../e2e/chromium.ts'
import { startAll, type UnderTest } from './portal-under-test.ts'

let under: UnderTest
let browser: Chromium

beforeAll(async () => {
  under = await startAll()
  browser = await chromium.launch({ executablePath: findChromium() ?? 'chromium', args: ['--no-sandbox', '--disable-gpu'] })
})

afterAll(async () => {
  await browser.close()
  await under.close()
})

type Look = { width?: number; dark?: boolean; script?: boolean }

async function withPage(look: Look, act: (page: Page, context: BrowserContext) => Promise<void>): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1280, height: 800 },
    colorScheme: look.dark === true ? 'dark' : 'light',
    javaScriptEnabled: look.script ?? true,
  })
  const page = await context.newPage()
  await act(page, context).finally(() => context.close())
}

const PAGES = ['/', '/dashboard', '/callback', '/no-such-page']
const LOOKS: Look[] = [{}, { dark: true }, { width: 320 }, { width: 320, dark: true }]
const SHOTS = process.env.LATCHKEY_SHOTS

function nameOf(path: string, { width, dark }: Look): string {
  return `${path.slice(1) || 'front'}-${dark === true ? 'dark' : 'light'}-${width ?? 1280}`
}

test.each(LOOKS)('pages are accessible, fit and break no rule of their policy: %o', async (look) => {
  await withPage(look, async (page) => {
    const complaints: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    for (const path of PAGES) {
      await page.goto(under.portalUrl + path)
      await page.evaluate(() => document.fonts.ready)
      if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${nameOf(path, look)}.png`, fullPage: true })
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect([path, violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])]).toEqual([path, []])
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
      expect(await page.locator('html').getAttribute('lang')).toBe('en')
    }
    expect(complaints.filter((text) => !/status of (?:400|404)/.test(text))).toEqual([])
  })
})

test('the open menu is accessible at 320 px and stays on the screen', async () => {
  await withPage({ width: 320 }, async (page) => {
    await page.goto(`${under.portalUrl}/dashboard`)
    await page.getByRole('button', { name: 'Settings' }).click()
    const entry = page.getByRole('menuitem', { name: 'Manage My Account' })
    await entry.waitFor()
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/menu-light-320.png` })
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    const box = await entry.boundingBox()
    expect(box).not.toBeNull()
    expect(box?.x).toBeGreaterThanOrEqual(0)
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(320)
  })
})

test('by the keyboard alone: in, the menu, and out', async () => {
  await withPage({}, async (page) => {
    await page.goto(under.portalUrl)
    const link = page.getByRole('link', { name: 'Sign in' })
    while (!(await link.evaluate((element) => element === document.activeElement))) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    const button = page.getByRole('button', { name: 'Settings' })
    while (!(await button.evaluate((element) => element === document.activeElement))) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await focused(page)).toBe('Manage My Account')
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/menu-light-1280.png` })
    await page.keyboard.press('Escape')
    expect(await page.getByRole('menuitem').count()).toBe(0)
    expect(await focused(page)).toBe('Settings')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Sign out')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${under.identityServer.issuer}/**`)
  })
})

function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
}

test('without script: in, Manage My Account with its second factor, and Sign out', async () => {
  await withPage({ script: false }, async (page) => {
    await page.goto(under.portalUrl)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('menuitem', { name: 'Manage My Account' }).click()
    await page.waitForURL(under.accountUrl)
    await page.goto(`${under.portalUrl}/dashboard`)
    expect(await page.getByText('with a second factor').count()).toBe(1)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.waitForURL(`${under.identityServer.issuer}/**`)
  })
})

test.each([true, false])('a refusal has the focus, script: %s', async (script) => {
  await withPage({ script }, async (page) => {
    await page.goto(`${under.portalUrl}/callback`)
    // `autofocus` is applied at the first frame, which may come after `load`.
    await page.locator('[role=alert]:focus').waitFor()
  })
})

test('while the provider is away the page says what to do', async () => {
  await under.identityServer.stop()
  await under.restart()
  await withPage({}, async (page) => {
    await page.goto(`${under.portalUrl}/sign-in`)
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/unreachable-light-1280.png` })
    await page.getByRole('alert').waitFor()
    await under.identityServer.start()
    await page.getByRole('link', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
  })
})
