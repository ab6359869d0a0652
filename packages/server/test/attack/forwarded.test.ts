import { expect, test } from 'vitest'
import { findSession } from '../../src/sessions/find-session.ts'
import { listSessions } from '../../src/sessions/list-sessions.ts'
import { openWorld } from '../world.ts'
import { makeOwner, openStand, post } from './stand.ts'

const FORM = 'application/x-www-form-urlencoded'

const FORGED = {
  host: 'evil.example',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-server': 'evil.example',
  'x-original-url': '/account/sign-out',
  'x-rewrite-url': '/account/sign-out',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '666',
  forwarded: 'for=6.6.6.6;host=evil.example;proto=https',
} as const

test.each([
  { proxies: '', hop: '127.0.0.1', chain: '203.0.113.9', seen: '127.0.0.1' },
  { proxies: '10.0.0.0/8', hop: '127.0.0.1', chain: '203.0.113.9', seen: '127.0.0.1' },
  { proxies: '127.0.0.1', hop: '127.0.0.2', chain: '203.0.113.9', seen: '127.0.0.2' },
  { proxies: '127.0.0.1', hop: '127.0.0.1', chain: '203.0.113.9', seen: '203.0.113.9' },
  { proxies: '127.0.0.1', hop: '127.0.0.1', chain: '6.6.6.6, 203.0.113.9', seen: '203.0.113.9' },
  { proxies: '127.0.0.1,10.0.0.0/8', hop: '127.0.0.1', chain: '6.6.6.6, 203.0.113.9, 10.1.2.3', seen: '203.0.113.9' },
  { proxies: '127.0.0.1', hop: '127.0.0.1', chain: '203.0.113.9, <script>', seen: '127.0.0.1' },
  { proxies: '127.0.0.1', hop: '127.0.0.1', chain: '', seen: '127.0.0.1' },
])(
  'forged headers change no link and no cookie; the address is $seen behind $chain from $hop (proxies: $proxies)',
  async ({ proxies, hop, chain, seen }) => {
    const world = await openWorld('sqlite', { LATCHKEY_PROXIES: proxies })
    const stand = await openStand(world)
    const owner = await makeOwner(world)
    const plain = stand.open()
    const forged = { ...FORGED, 'x-forwarded-for': chain, 'x-real-ip': '6.6.6.6', 'client-ip': '6.6.6.6' }
    const browser = stand.open()
    const ask = (path: string, fields?: Record<string, string>) => {
      const body = fields === undefined ? {} : { body: new URLSearchParams(fields).toString() }
      const headers = { ...forged, ...(fields === undefined ? {} : { 'content-type': FORM, origin: world.config.login.url }) }
      return browser.send({ method: fields === undefined ? 'GET' : 'POST', path, headers, address: hop, ...body })
    }
    const begun = await ask('/enrolment/all-set')
    expect(begun.location).toMatch(/^\/sign-in\/flw_/)
    const answered = await ask(begun.location, { name: owner.name, password: owner.password })
    expect(answered.location).toBe('/enrolment/all-set')
    for (const cookie of [...(begun.headers['set-cookie'] ?? []), ...(answered.headers['set-cookie'] ?? [])])
      expect(cookie).not.toMatch(/domain|secure|__Host-|evil/i)
    await ask('/forgotten-password', { name: owner.name, email: owner.email })
    const letters = await post(world)
    const links = letters.flatMap(({ text }) => text.match(/https?:\S+/g) ?? [])
    expect(links.length).toBeGreaterThan(0)
    for (const link of links) expect(link.startsWith(`${world.config.login.url}/`), link).toBe(true)
    expect(letters.map(({ text }) => text).join()).not.toContain('evil.example')
    for (const path of ['/.well-known/openid-configuration', '/account', '/sign-in', '/nothing-here', '/oidc/authorize?client_id=x']) {
      const answer = await ask(path)
      expect(answer.body + JSON.stringify(answer.headers), path).not.toContain('evil.example')
    }
    const session = await findSession(world, 'sign-in', browser.cookie('sign-in'))
    const listed = (await listSessions(world, owner.user)).find(({ id }) => id === session?.id)
    expect(listed?.origin?.address).toBe(seen)
    expect((await plain.get('/sign-in')).location).toMatch(/^\/sign-in\/flw_/)
    await stand.close()
    await world.close()
  },
)
