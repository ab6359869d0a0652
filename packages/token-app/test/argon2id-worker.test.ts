import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { activate, PIN, show } from './person.ts'
import { launch, openTab } from './vault-browser.ts'
import { openVaultSite, type VaultSite } from './vault-site.ts'

const PROBE = readFileSync(join(import.meta.dirname, 'page/probe.js'))
const UNDER_ITS_POLICY = '/assets/argon2id-worker-probe.js'
const UNDER_THE_SITES = '/assets/other-probe.js'
const UNDER_NONE = '/assets/free-probe.js'

let site: VaultSite
let browser: Browser
let page: Page

beforeAll(async () => {
  site = await openVaultSite(
    new Map([
      [UNDER_ITS_POLICY, PROBE],
      [UNDER_THE_SITES, PROBE],
      [UNDER_NONE, PROBE],
      ['/assets/imported.js', Buffer.from('self.postMessage(1)')],
    ]),
    (path) => path !== UNDER_NONE,
  )
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(async () => {
  page = await openTab(await browser.newContext(), site.url)
})

type Probed = { answers: Record<string, unknown>; broken: string[] }

/** What a probe found that runs as a worker of the page. */
function probe(path: string): Promise<Probed> {
  return page.evaluate(
    (script) =>
      new Promise<Probed>((resolve) => {
        const worker = new Worker(vaultPage.scriptUrl(script), { type: 'module' })
        worker.addEventListener('message', ({ data }) => {
          if (typeof data === 'object') resolve(data)
        })
      }),
    path,
  )
}

test('a script under the policy of the Argon2id worker compiles WebAssembly, and does nothing else that it was not written to do', async () => {
  const { answers, broken } = await probe(UNDER_ITS_POLICY)
  const { wasm, ...others } = answers
  expect(wasm).toBe(7)
  expect(Object.keys(others)).toHaveLength(14)
  for (const [name, outcome] of Object.entries(others)) expect([name, outcome]).toEqual([name, expect.stringMatching(/^refused: /)])
  expect(broken).toEqual(expect.arrayContaining(['connect-src', 'require-trusted-types-for', 'script-src-elem']))
})

test('the probe sees what goes through where nothing is forbidden', async () => {
  const { answers, broken } = await probe(UNDER_NONE)
  const { socket, events, ...others } = answers
  const { wasm, ...rest } = others
  expect(wasm).toBe(7)
  expect(Object.keys(rest)).toHaveLength(12)
  for (const [name, outcome] of Object.entries(rest)) expect([name, outcome]).toEqual([name, 'through'])
  expect(broken).toEqual([])
})

test('under the policy of everything else no WebAssembly is compiled', async () => {
  expect((await probe(UNDER_THE_SITES)).answers).toMatchObject({ wasm: 'refused: CompileError', eval: 'refused: EvalError' })
})

test('the worker that the vault starts is that script; it ends with its hash', async () => {
  await page.evaluate(() => vault.warmUp())
  const running = () => page.workers().filter((worker) => worker.url().includes('/assets/argon2id-worker-'))
  expect(running()).toHaveLength(1)
  const { serial } = await activate(page, 'Work')
  expect(await show(page, serial, PIN)).toMatchObject({ ok: true })
  await expect.poll(() => running().length).toBe(0)
})
