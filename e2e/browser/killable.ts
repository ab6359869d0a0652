import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright'
import { findChromium } from '../chromium.ts'
import { ARGS } from './browser.ts'

const LISTENING = /DevTools listening on (ws:\S+)/

/** A browser on a profile of its own, which can be killed with SIGKILL and started again. */
export type Killable = { page: () => Page; kill: () => Promise<void>; start: () => Promise<void>; close: () => Promise<void> }

export async function openKillable(): Promise<Killable> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-killed-'))
  let running = await launch(folder)
  const kill = async (): Promise<void> => {
    const ended = new Promise((resolve) => running.child.once('close', resolve))
    if (running.child.pid !== undefined) process.kill(-running.child.pid, 'SIGKILL')
    await ended
  }
  return {
    page: () => running.page,
    kill,
    start: async () => {
      running = await launch(folder)
    },
    close: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function launch(folder: string) {
  const flags = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${folder}`, '--no-default-browser-check', 'about:blank']
  const child = spawn(findChromium() ?? 'chromium', [...ARGS, ...flags], { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  const address = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const found = LISTENING.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.on('close', (status) => reject(new Error(`the browser ended with ${status}: ${said}`)))
  })
  const browser = await chromium.connectOverCDP(address)
  const [context = await browser.newContext()] = browser.contexts()
  context.setDefaultTimeout(20_000)
  return { child, page: context.pages()[0] ?? (await context.newPage()) }
}
