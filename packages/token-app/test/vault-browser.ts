import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { findChromium } from '../../../e2e/chromium.ts'

export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A name that is not this machine's own: what comes from there is not secure.
  '--host-resolver-rules=MAP token.test 127.0.0.1',
]

export function chromiumPath(): string {
  return findChromium() ?? 'chromium'
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
}

/** A tab whose vault is open. */
export async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(url)
  const opened = await page.evaluate(() => globalThis.opened.then((answer) => (answer.ok ? 'open' : answer.why)))
  if (opened !== 'open') throw new Error(`the vault did not open: ${opened}`)
  return page
}
