import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test, vi } from 'vitest'
import { freePort } from '../../../bench/server/process.ts'

const LATCHKEY = join(import.meta.dirname, '..', 'bin', 'latchkey.js')
const HANG_MS = 60_000

const started: ChildProcess[] = []
// What a test that failed left running.
afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
})

type Serving = { child: ChildProcess; data: string; said: () => string; ended: Promise<number | null> }

async function serve(settings: Readonly<Record<string, string>> = {}, errors: 'pipe' | number = 'pipe'): Promise<Serving> {
  const data = join(mkdtempSync(join(tmpdir(), 'latchkey-serve-')), 'data')
  const [login, token, portal, health] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
  const ports = { LOGIN_PORT: login, TOKEN_PORT: token, PORTAL_PORT: portal, HEALTH_PORT: health }
  const environment = Object.fromEntries(Object.entries(ports).map(([name, port]) => [`LATCHKEY_${name}`, String(port)]))
  const child = spawn(process.execPath, [LATCHKEY, 'serve'], {
    env: { ...process.env, LATCHKEY_DATA: data, ...environment, ...settings },
    stdio: ['ignore', 'pipe', errors],
  })
  started.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  return { child, data, said: () => said, ended: once(child, 'close').then(([status]) => status) }
}
const until = (holds: () => boolean) => vi.waitFor(() => expect(holds()).toBe(true), { timeout: HANG_MS, interval: 5 })
const ready = ({ said }: Serving) => until(() => said().includes('Latchkey is ready.'))
const stop = ({ child, ended }: Serving) => {
  child.kill('SIGTERM')
  return ended
}

test.concurrent('a mail server that is no URL is a setting that is wrong, and nothing is started', async () => {
  const serving = await serve({ LATCHKEY_SMTP_URL: 'mail.example.test' })
  expect(await serving.ended).toBe(1)
  expect(serving.said()).toContain('smtp.url')
  expect(existsSync(serving.data)).toBe(false)
})

test.concurrent('a log that cannot be written costs its lines and nothing else', async () => {
  const serving = await serve({ LATCHKEY_LOG_LEVEL: 'info' }, openSync('/dev/full', 'w'))
  await ready(serving)
  expect(await stop(serving)).toBe(0)
})

test.concurrent('a wish to read the keys again, while it starts, does not end it', async () => {
  const serving = await serve()
  await until(() => existsSync(join(serving.data, 'in-use.lock')))
  serving.child.kill('SIGHUP')
  await ready(serving)
  expect(await stop(serving)).toBe(0)
})

test.concurrent('it stops while the database takes no write', async () => {
  const serving = await serve()
  await ready(serving)
  // The server is writing, now and then: this one waits for its turn, and keeps it.
  const other = new DatabaseSync(join(serving.data, 'latchkey.db'), { timeout: HANG_MS })
  other.exec('begin immediate')
  expect(await stop(serving)).not.toBeUndefined()
  other.close()
}, 120_000)
