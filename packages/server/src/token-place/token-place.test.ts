import { readFileSync } from 'node:fs'
import { ASSETS } from '@latchkey/design/assets'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorld, type World } from '../../test/world.ts'
import { tokenPlace } from './token-place.ts'

let world: World
beforeAll(async () => {
  world = await openWorld('sqlite', { LATCHKEY_LOGIN_URL: 'https://login.example.test', LATCHKEY_TOKEN_URL: 'https://token.example.test' })
})
afterAll(() => world.close())
const ask = (path: string, init: RequestInit = {}) => tokenPlace(world).request(path, init, {})

test('the page says which soft token there is, and the app learns the login URL', async () => {
  const page = await (await ask('/')).text()
  expect(page).toContain('<h1>Soft token</h1>')
  const command = /<div class="code"[^>]*>(.*?)<\/div>/s.exec(page)?.[1]?.replaceAll(/<[^>]+>/g, '')
  expect(command).toBe('npx latchkey token add NAME --serial SERIAL')
  const config = await ask('/config.json')
  expect(config.headers.get('content-type')).toContain('application/json')
  expect(await config.json()).toEqual({ loginUrl: 'https://login.example.test' })
})

test('nothing of another origin is loaded, asked or posted to; nobody frames it', async () => {
  for (const path of ['/', '/config.json', '/nothing', '/assets/style.css']) {
    const { headers } = await ask(path)
    const policy = headers.get('content-security-policy') ?? ''
    for (const part of ["default-src 'none'", "connect-src 'none'", "form-action 'none'", "frame-ancestors 'none'", "script-src 'self'"])
      expect(policy).toContain(part)
    expect(policy).not.toMatch(/unsafe|\*|http/)
    expect(headers.get('strict-transport-security')).toContain('max-age=')
    expect(headers.getSetCookie()).toEqual([])
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
})

test('the page reads no ticket: neither markup nor script looks at the address', async () => {
  const page = await (await ask('/')).text()
  expect(page).not.toContain('ticket=')
  expect([...page.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, inside]) => inside)).toEqual([''])
  const script = ASSETS['page.js']
  if (script === undefined) throw new Error('the script was expected')
  expect(readFileSync(script.file, 'utf8')).not.toMatch(/location\.(hash|href|search)|document\.URL|hashchange/)
})

test('there is nothing to post here', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) expect((await ask('/', { method })).status).toBe(405)
  expect((await ask('/api/v1/validate')).status).toBe(404)
  expect((await ask('/account')).status).toBe(404)
})
