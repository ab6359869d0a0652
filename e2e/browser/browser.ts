import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { findChromium } from '../chromium.ts'

export const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** `npm run tour`: slowly, and to be seen where there is a display. */
const TOUR = process.env['LATCHKEY_TOUR'] !== undefined
const TOUR_PAUSE_MS = 600

/** The installed Chromium; `extra` are flags of its own. */
export function openBrowser(extra: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium() ?? 'chromium',
    args: [...ARGS, ...extra],
    headless: !TOUR || process.env['DISPLAY'] === undefined,
    slowMo: TOUR ? TOUR_PAUSE_MS : 0,
  })
}

/** A browser profile of its own, as one person's. */
export async function openProfile(browser: Browser, options: { script: boolean }): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ javaScriptEnabled: options.script, locale: 'en-GB' })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  return { context, page }
}
