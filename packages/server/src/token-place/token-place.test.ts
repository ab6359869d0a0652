import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorld, type World } from '../../test/world.ts'
import { readSite } from './read-site.ts'
import { tokenPlace } from './token-place.ts'

const ARGON2ID = '/assets/argon2id-worker-Ab_3-x.js'
let world: World
let folder: string
beforeAll(async () => {
  world = await openWorld('sqlite', { LATCHKEY_LOGIN_URL: 'https://login.example.test/', LATCHKEY_TOKEN_URL: 'https://token.example.test' })
  folder = mkdtempSync(join(tmpdir(), 'latchkey-site-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>App</title>')
  writeFileSync(join(folder, 'sw.js'), 'self')
  writeFileSync(join(folder, 'notes.md'), 'not of the site')
  writeFileSync(join(folder, ARGON2ID), 'wasm')
})
afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})
const ask = (path: string, init: RequestInit = {}) => tokenPlace(world, readSite(folder)).request(path, init, {})

test('the app is served, and learns where people sign in', async () => {
  expect(await (await ask('/')).text()).toContain('<title>App</title>')
  const config = await ask('/config.json')
  expect(config.headers.get('content-type')).toContain('application/json')
  expect(config.headers.get('cache-control')).toBe('no-store')
  expect(await config.json()).toEqual({ loginUrl: world.config.login.url, name: world.config.organisation.name })
  expect((await ask('/config.json', { method: 'HEAD' })).status).toBe(200)
})

test('a file whose name changes with it is kept for ever, any other is asked for again', async () => {
  expect((await ask(ARGON2ID)).headers.get('cache-control')).toContain('immutable')
  const worker = await ask('/sw.js')
  expect(worker.headers.get('cache-control')).toBe('no-cache')
  const again = await ask('/sw.js', { headers: { 'if-none-match': worker.headers.get('etag') ?? '' } })
  expect(again.status).toBe(304)
})

test('only what a site is made of is served, from its folder alone', async () => {
  for (const path of ['/notes.md', '/../package.json', '/..%2fpackage.json', '/assets/', '/assets/..%2findex.html', '/index.htm'])
    expect((await ask(path)).status, path).toBe(404)
})

test('no page loads, asks or is framed by another origin than the login origin; no policy has an unsafe word', async () => {
  for (const path of ['/', '/sw.js', '/config.json', '/nothing', '/assets/style.css']) {
    const { headers } = await ask(path)
    const policy = headers.get('content-security-policy') ?? ''
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "connect-src 'self' https://login.example.test;",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types latchkey',
    ])
      expect(policy, path).toContain(part)
    expect(policy).not.toMatch(/unsafe|\*|data:|blob:/)
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('permissions-policy')).toContain('camera=(self)')
    expect(headers.get('strict-transport-security')).toContain('max-age=')
    expect(headers.getSetCookie()).toEqual([])
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
})

test('the worker in which WebAssembly runs may do nothing else', async () => {
  const policy = (await ask(ARGON2ID)).headers.get('content-security-policy') ?? ''
  for (const part of [
    "script-src-elem 'none'",
    "connect-src 'none'",
    "worker-src 'none'",
    "trusted-types 'none'",
    "require-trusted-types-for 'script'",
  ])
    expect(policy).toContain(part)
  expect(policy).not.toMatch(/unsafe|\*/)
  for (const path of ['/assets/vault-worker-Ab3.js', '/assets/argon2id-worker.js', '/argon2id-worker-x.js'])
    expect((await ask(path)).headers.get('content-security-policy')).toContain("default-src 'none'")
})

test('where the app is not built, the origin says so and how to mend it', async () => {
  const bare = await tokenPlace(world, readSite(join(folder, 'nothing'))).request('/', {}, {})
  expect(bare.status).toBe(503)
  expect(await bare.text()).toContain('npm run build')
})

test('there is nothing to post here', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) expect((await ask('/', { method })).status).toBe(405)
  expect((await ask('/api/v1/validate')).status).toBe(404)
  expect((await ask('/account')).status).toBe(404)
})
