import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type BrowserContext, chromium, type Page } from 'playwright'
import { CHROMIUM_ARGS, chromiumPath, openTab } from './vault-browser.ts'

export type KillableBrowser = { page: Page; kill: () => Promise<void> }

/** A browser with a profile on disk and a tab whose vault is open. `kill` ends every process of it at once, as a power cut would. */
export async function startBrowser(profile: string, url: string): Promise<KillableBrowser> {
  const portFile = join(profile, 'DevToolsActivePort')
  rmSync(portFile, { force: true })
  const args = [...CHROMIUM_ARGS, '--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank']
  // A group of its own, so that the processes of pages go with it.
  const child = spawn(chromiumPath(), args, { detached: true, stdio: 'ignore' })
  const ended = once(child, 'exit')
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${await portIn(portFile)}`)
  const [context] = browser.contexts()
  const page = await openTab(contextOf(context), url)
  const kill = async (): Promise<void> => {
    if (child.pid === undefined) throw new Error('the browser did not start')
    process.kill(-child.pid, 'SIGKILL')
    await ended
    await browser.close()
  }
  return { page, kill }
}

function contextOf(context: BrowserContext | undefined): BrowserContext {
  if (context === undefined) throw new Error('the browser has no profile')
  return context
}

async function portIn(file: string): Promise<string> {
  for (let waits = 0; waits < 3_000; waits += 1) {
    const [port = ''] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
    if (port !== '') return port
    await pause(20)
  }
  throw new Error('the browser did not start')
}
