import { request as httpRequest } from 'node:http'
import { Hono } from 'hono'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { onBothEngines } from '../../test/world.ts'
import { record } from '../audit/record.ts'
import { INSIDE } from '../context.ts'
import { openKeys } from '../keys/key-ring.ts'
import { countRequests } from './count-requests.ts'
import { startHealth } from './health.ts'
import { openLog } from './log.ts'
import { metricsOf } from './metrics.ts'
import { readiness } from './readiness.ts'

onBothEngines('readiness', (world, engine) => {
  test('ready, as long as database, keys and clock are', async () => {
    const now = Date.now()
    expect(await readiness({ ...world(), now: () => now })).toEqual({ ready: true })
  })

  test('a database that takes no writes', async () => {
    const full = { ...world().db, transaction: () => Promise.reject(new Error('database or disk is full')) }
    expect(await readiness({ ...world(), db: full })).toEqual({ ready: false, because: 'database' })
  })

  test('a database that hangs is not waited for', async () => {
    const hanging = { ...world().db, transaction: () => new Promise<never>(() => undefined) }
    expect(await readiness({ ...world(), db: hanging })).toEqual({ ready: false, because: 'database' })
  })

  test('keys that do not open what they seal', async () => {
    const broken = { ...openKeys([{ id: 'testtest', key: new Uint8Array(32) }], new Uint8Array(32)), seal: () => new Uint8Array(64) }
    expect(await readiness({ ...world(), keys: broken })).toEqual({ ready: false, because: 'keys' })
  })

  test('an audit log from the future: the clock was set back; on PostgreSQL, that of another instance', async () => {
    const here = engine === 'sqlite' ? world() : { ...world(), now: () => Date.now() }
    const at = here.now() + 5 * 60_000 + 2_000
    await world().db.transaction((tx) => record(world(), tx, { at, action: 'a.b', outcome: 'c', subject: undefined, by: INSIDE }))
    expect(await readiness(here)).toEqual(engine === 'sqlite' ? { ready: false, because: 'clock' } : { ready: true })
    world().pass(2_000)
    if (engine === 'sqlite') expect(await readiness(world())).toEqual({ ready: true })
  })

  test('the database server says another time', async () => {
    if (engine === 'sqlite') return
    const now = Date.now()
    expect(await readiness({ ...world(), now: () => now })).toEqual({ ready: true })
    expect(await readiness({ ...world(), now: () => now + 6 * 60_000 })).toEqual({ ready: false, because: 'clock' })
    expect(await readiness({ ...world(), now: () => now - 6 * 60_000 })).toEqual({ ready: false, because: 'clock' })
  })

  test('requests are counted by their route’s pattern, and nothing of their path is', async () => {
    const app = new Hono().use(countRequests(world(), 'login')).get('/welcome/:secret', (c) => c.text('here'))
    await app.request('/welcome/canary-in-a-path')
    await app.request('/canary-unknown')
    await app.request('/welcome/x', { method: 'CANARY' })
    const text = await metricsOf(world()).registry.metrics()
    expect(text).toContain('route="/welcome/:secret",status="200"')
    expect(text).not.toMatch(/canary/i)
    for (const name of ['latchkey_outbox_waiting 0', 'latchkey_audit_unsealed', 'nodejs_eventloop_lag_seconds'])
      expect(text).toContain(name)
  })
})

describe('the health listener', () => {
  const source = (ready: { value: boolean }) => ({
    registry: metricsOf({ db: {} as never }).registry,
    readiness: async () => (ready.value ? ({ ready: true } as const) : ({ ready: false, because: 'database' } as const)),
    log: pino({ level: 'silent' }),
  })

  test('says alive, ready and not ready, and not ready once it stops', async () => {
    const ready = { value: false }
    const health = await startHealth(0, source(ready))
    const status = async (path: string) => (await fetch(`${health.url}${path}`)).status
    expect([await status('/healthz'), await status('/readyz'), await status('/other'), await status('/metrics')]).toEqual([
      200, 503, 404, 200,
    ])
    await health.close()
    ready.value = true
    const again = await startHealth(0, source(ready))
    expect((await fetch(`${again.url}/readyz`)).status).toBe(200)
    again.stopping()
    const answer = await fetch(`${again.url}/readyz`)
    expect([answer.status, await answer.text()]).toEqual([503, 'not ready: stopping\n'])
    expect((await fetch(`${again.url}/healthz`, { method: 'POST' })).status).toBe(405)
    await again.close()
  })

  test('a foreign name that points here is not answered', async () => {
    const health = await startHealth(0, source({ value: true }))
    const status = await new Promise((resolve, reject) => {
      const port = new URL(health.url).port
      httpRequest({ host: '127.0.0.1', port, path: '/metrics', headers: { host: 'evil.example.test' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(403)
    await health.close()
  })
})

test('cookies, authorizations, passwords and codes do not reach the log', () => {
  const lines: string[] = []
  const log = openLog('info', { write: (line: string) => lines.push(line) })
  log.info({
    req: { headers: { cookie: 'canary', authorization: 'canary', 'x-api-key': 'canary', accept: 'visible' } },
    headers: { cookie: 'canary' },
    body: { password: 'canary', code: 'canary' },
    password: 'canary',
  })
  log.error({ err: Object.assign(new Error('failed'), { code: 'ECONNREFUSED' }) }, 'gone')
  expect(lines.join()).not.toContain('canary')
  expect(lines.join()).toContain('visible')
  expect(lines.join()).toContain('ECONNREFUSED')
})
