import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { findChromium } from '../chromium.ts'

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The installed Chromium. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium() ?? 'chromium', args: ARGS })
}

/** A browser profile of its own, as one person's. */
export async function openProfile(browser: Browser, options: { script: boolean }): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ javaScriptEnabled: options.script, locale: 'en-GB' })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  return { context, page }
}
