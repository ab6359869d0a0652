import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorld, type World } from '../../test/world.ts'
import { readSite, type Site } from './read-site.ts'
import { tokenPlace } from './token-place.ts'

const FILES: Readonly<Record<string, readonly [body: string, type: string, cache: string]>> = {
  'index.html': ['<title>app</title>', 'text/html; charset=utf-8', 'no-cache'],
  'sw.js': ['self', 'text/javascript; charset=utf-8', 'no-cache'],
  'app.webmanifest': ['{}', 'application/manifest+json', 'no-cache'],
  'icon.svg': ['<svg/>', 'image/svg+xml', 'no-cache'],
  'icon.png': ['png', 'image/png', 'no-cache'],
  'assets/index-Ab3_-9.js': ['main', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  'assets/index-Ab3.css': ['a{}', 'text/css; charset=utf-8', 'public, max-age=31536000, immutable'],
  'assets/plex-Ab3.woff2': ['font', 'font/woff2', 'public, max-age=31536000, immutable'],
  'assets/argon2id-worker-Ab3.js': ['hash', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  'assets/module-Ab3.wasm': ['wasm', 'application/wasm', 'public, max-age=31536000, immutable'],
}

let world: World
let folder: string
let site: Site | undefined
beforeAll(async () => {
  world = await openWorld('sqlite', {
    LATCHKEY_LOGIN_URL: 'https://login.example.test',
    LATCHKEY_TOKEN_URL: 'https://token.example.test',
    LATCHKEY_ORGANISATION_NAME: 'Example',
    LATCHKEY_ORGANISATION_HELP_DESK: 'the desk in room 4',
  })
  folder = mkdtempSync(join(tmpdir(), 'latchkey-site-'))
  mkdirSync(join(folder, 'site', 'assets'), { recursive: true })
  for (const [name, [body]] of Object.entries(FILES)) writeFileSync(join(folder, 'site', name), body)
  writeFileSync(join(folder, 'secret.txt'), 'not of the site')
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'site', 'linked.txt'))
  site = readSite(pathToFileURL(`${join(folder, 'site')}/`), 'a policy')
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await world.close()
})
const ask = async (path: string, init: RequestInit = {}) => tokenPlace(world, site).request(path, init, {})

test.each(Object.entries(FILES))('%s is served as what it is, and kept as long as its name allows', async (name, [body, type, cache]) => {
  const response = await ask(`/${name}`)
  expect(response.status).toBe(200)
  expect(await response.text()).toBe(body)
  expect(response.headers.get('content-type')).toBe(type)
  expect(response.headers.get('cache-control')).toBe(cache)
  const head = await ask(`/${name}`, { method: 'HEAD' })
  expect([head.status, await head.text(), head.headers.get('etag')]).toEqual([200, '', response.headers.get('etag')])
})

test('whoever has a file already gets it by its tag alone', async () => {
  const tag = (await ask('/')).headers.get('etag') ?? ''
  for (const asked of [tag, `W/${tag}`, `"other", ${tag}`]) {
    const again = await ask('/', { headers: { 'if-none-match': asked } })
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag])
    expect(again.headers.get('content-security-policy')).toContain("default-src 'none'")
  }
  expect((await ask('/', { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
})

test('with another policy the service worker is another one, and fetches the page with it', () => {
  const place = mkdtempSync(join(tmpdir(), 'latchkey-site-'))
  for (const [name, body] of Object.entries({ 'index.html': 'page @policy@', 'sw.js': 'keep(["/", "abc@policy@"])' }))
    writeFileSync(join(place, name), body)
  const [one, same, other] = ['a', 'a', 'b'].map((policy) => {
    const read = readSite(pathToFileURL(`${place}/`), policy)
    return { page: read?.get('/')?.tag, worker: read?.get('/sw.js')?.tag, text: Buffer.from(read?.get('/sw.js')?.body ?? []).toString() }
  })
  expect(one).toEqual(same)
  expect(other?.page).toBe(one?.page)
  expect(other?.worker).not.toBe(one?.worker)
  expect(one?.text).toMatch(/^keep\(\["\/", "abc[\w-]{16}"\]\)$/)
  rmSync(place, { recursive: true })
})

test('the app is at its place and no other: what is not of the site is not there', async () => {
  expect(await (await ask('/?from=home')).text()).toBe('<title>app</title>')
  const strange = [
    '/account',
    '/api/v1/validate',
    '/assets',
    '/assets/',
    '/Index.html',
    '//',
    '/linked.txt',
    '/secret.txt',
    '/../secret.txt',
  ]
  const encoded = [
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/%00',
    '/__proto__',
    '/constructor',
    '/index.html%00',
  ]
  for (const path of [...strange, ...encoded]) {
    const response = await ask(path)
    expect([path, response.status]).toEqual([path, 404])
    expect(await response.text()).not.toContain('not of the site')
    expect(response.headers.get('cache-control')).toBe('no-store')
  }
})

test('the app learns where to ask, and who to turn to', async () => {
  const config = await ask('/config.json')
  expect(config.headers.get('content-type')).toContain('application/json')
  expect(config.headers.get('cache-control')).toBe('no-store')
  expect(await config.json()).toEqual({ loginUrl: 'https://login.example.test', name: 'Example', helpDesk: 'the desk in room 4' })
})

test('the app learns the time without a body', async () => {
  const server = createServer(getRequestListener(tokenPlace(world, site).fetch))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const head = await fetch(`http://127.0.0.1:${port}/config.json`, { method: 'HEAD' })
  expect(head.status).toBe(200)
  expect(Math.abs(Date.parse(head.headers.get('date') ?? '') - Date.now())).toBeLessThan(5000)
  expect(await (await fetch(`http://127.0.0.1:${port}/assets/index-Ab3_-9.js`)).text()).toBe('main')
  await new Promise((resolve) => server.close(resolve))
})

test('nothing of another origin is loaded, posted to or run from text; nobody frames it; the login origin alone is asked', async () => {
  for (const path of ['/', '/config.json', '/nothing', '/sw.js', '/assets/index-Ab3_-9.js', '/assets/argon2id-worker-Ab3.js']) {
    const { headers } = await ask(path)
    const policy = headers.get('content-security-policy') ?? ''
    for (const part of ["form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"])
      expect(policy).toContain(part)
    expect(policy.replace("connect-src 'self' https://login.example.test", '')).not.toMatch(/unsafe|\*|http|data:|blob:/)
    expect(headers.get('strict-transport-security')).toContain('max-age=')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('permissions-policy')?.match(/[\w-]+=\((?!\))[^)]*\)/g)).toEqual(['camera=(self)'])
    expect(headers.getSetCookie()).toEqual([])
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
})

test('one script alone has a policy that lets WebAssembly compile, and that one loads and asks nothing', async () => {
  const policyOf = async (path: string) => (await ask(path)).headers.get('content-security-policy') ?? ''
  for (const path of ['/', '/sw.js', '/assets/index-Ab3_-9.js', '/assets/argon2id-worker-Nothing.js.map', '/argon2id-worker-Ab3.js'])
    expect(await policyOf(path)).toContain("default-src 'none'; script-src 'self'")
  const policy = await policyOf('/assets/argon2id-worker-Ab3.js')
  expect(policy).not.toMatch(/default-src|script-src |'self'/)
  for (const part of ["script-src-elem 'none'", "connect-src 'none'", "worker-src 'none'", "trusted-types 'none'"])
    expect(policy).toContain(part)
})

test('there is nothing to post here', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
    const response = await ask('/', { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  }
})

test('where the app was not built, the place says how to build it, and the log says so once', async () => {
  const warnings: unknown[] = []
  const log = world.log.child({})
  log.warn = (words: unknown) => void warnings.push(words)
  const place = tokenPlace({ ...world, log }, readSite(pathToFileURL(`${join(folder, 'nowhere')}/`), ''))
  for (const path of ['/', '/sw.js']) {
    const response = await place.request(path, {}, {})
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('npm run build')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  }
  expect((await place.request('/config.json', {}, {})).status).toBe(200)
  expect(warnings).toEqual([expect.stringContaining('npm run build')])
})
