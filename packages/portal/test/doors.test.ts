import { request as rawRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Browser } from './browser.ts'
import { isSignedIn, signedIn, startAll, type UnderTest } from './portal-under-test.ts'

let under: UnderTest

beforeAll(async () => {
  under = await startAll()
})

afterAll(() => under.close())

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

test('nothing in an address decides where a sign-in leads', async () => {
  const evil = [
    '//evil.example.test',
    '/\\evil.example.test',
    'https:evil.example.test',
    'https://evil.example.test',
    '/dashboard%0d%0aSet-Cookie:a=b',
    '%2f%2fevil.example.test',
    'http://localhost@evil.example.test',
    'data:text/html,x',
  ]
  for (const to of evil) {
    for (const name of ['return_to', 'returnTo', 'next', 'redirect_uri', 'url']) {
      const visit = await new Browser().open(`${under.portalUrl}/sign-in?${name}=${to}`)
      expect([to, visit.url.href]).toEqual([to, `${under.portalUrl}/dashboard`])
    }
    for (const path of ['dashboard', 'manage-account']) {
      const visit = await new Browser().request(`${under.portalUrl}/${path}/${to}`)
      expect([to, visit.status, visit.headers.get('location')]).toEqual([to, 404, null])
    }
  }
})

test('an address that begins with two slashes is looked up here and leads nowhere', async () => {
  for (const path of ['//evil.example.test/dashboard', '/\\evil.example.test', '//evil.example.test/%2e%2e/dashboard', '/dashboard//']) {
    const { status, headers } = await raw(path)
    // The server refuses a backslash before anybody looks the address up.
    expect([path, status, headers.location]).toEqual([path, path.includes('\\') ? 400 : 404, undefined])
  }
})

type Raw = { status: number | undefined; headers: Record<string, string | string[] | undefined> }

/** A request whose path and headers go out as they are written. */
function raw(path: string, headers: Record<string, string> = {}): Promise<Raw> {
  const { port } = new URL(under.portalUrl)
  return new Promise((resolve, reject) => {
    const sent = rawRequest({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode, headers: response.headers }))
    })
    sent.on('error', reject).end()
  })
}

test('Host and forwarding headers change no address', async () => {
  const forged = {
    host: 'evil.example.test',
    'x-forwarded-host': 'evil.example.test',
    'x-forwarded-proto': 'https',
    'x-forwarded-port': '444',
    'x-original-url': '/manage-account',
    forwarded: 'host=evil.example.test;proto=https',
  }
  for (const path of ['/sign-in', '/dashboard', '/manage-account']) {
    const { status, headers } = await raw(path, forged)
    expect(status).toBe(303)
    const address = new URL(String(headers.location))
    expect(address.origin).toBe(under.identityServer.issuer)
    expect(address.searchParams.get('redirect_uri')).toBe(`${under.portalUrl}/callback`)
    expect(String(headers['set-cookie'])).not.toContain('evil')
  }
})

test('a POST without our Origin is refused and changes nothing', async () => {
  const browser = await signedIn(under)
  const origins: Record<string, string>[] = [
    {},
    { origin: 'null' },
    { origin: 'https://evil.example.test' },
    { origin: `${under.portalUrl}.evil.example.test` },
  ]
  for (const origin of origins) {
    const visit = await browser.request(`${under.portalUrl}/sign-out`, { method: 'POST', body: '', headers: { ...FORM, ...origin } })
    expect([origin, visit.status]).toEqual([origin, 403])
  }
  expect(await isSignedIn(under, browser)).toBe(true)
})

test('a POST that is no form is refused, and so is one that is too large', async () => {
  const browser = await signedIn(under)
  const send = (body: string, type: string) =>
    browser.request(`${under.portalUrl}/sign-out`, { method: 'POST', body, headers: { origin: under.portalUrl, 'content-type': type } })
  expect((await send('{}', 'application/json')).status).toBe(415)
  expect((await send('{}', 'text/plain')).status).toBe(415)
  expect((await send('a'.repeat(16 * 1024 + 1), FORM['content-type'])).status).toBe(413)
  expect(await isSignedIn(under, browser)).toBe(true)
})

test('GET signs nobody out; a method that an address does not know is answered with those that it does', async () => {
  const browser = await signedIn(under)
  const visit = await browser.request(`${under.portalUrl}/sign-out`)
  expect([visit.status, visit.headers.get('allow')]).toEqual([405, 'POST'])
  const put = await browser.request(`${under.portalUrl}/dashboard`, { method: 'PUT', headers: { origin: under.portalUrl } })
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  const overridden = await browser.request(`${under.portalUrl}/sign-out?_method=POST`, { headers: { 'x-http-method-override': 'POST' } })
  expect(overridden.status).toBe(405)
  expect(await isSignedIn(under, browser)).toBe(true)
})

test('every answer carries the security headers, refusals too', async () => {
  const browser = await signedIn(under)
  for (const path of ['/', '/dashboard', '/callback', '/no-such-page', '/sign-out', '/assets/style.css', '/assets/none']) {
    const { headers } = await browser.request(under.portalUrl + path)
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self' ${under.identityServer.issuer}; frame-ancestors 'none'; base-uri 'none'`,
    )
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('strict-transport-security')).toBeNull()
    expect(headers.get('x-request-id')).toBeTruthy()
    if (!path.startsWith('/assets/style')) expect(headers.get('cache-control')).toBe('no-store')
  }
})

test('cookies are for this site and for the browser alone', async () => {
  const browser = new Browser()
  const lines: string[] = []
  await browser
    .open(`${under.portalUrl}/sign-in`, (url) => url.pathname === '/callback')
    .then(async ({ url }) => {
      lines.push(...(await browser.request(url)).headers.getSetCookie())
    })
  lines.push(...(await new Browser().request(`${under.portalUrl}/sign-in`)).headers.getSetCookie())
  expect(lines.map((line) => line.split('=')[0])).toEqual(['latchkey_portal', 'latchkey_portal_browser'])
  for (const line of lines) expect(line).toMatch(/Path=\/; HttpOnly; SameSite=Lax|HttpOnly.*SameSite=Lax/)
})

test('assets are cached for ever by their version, and checked without one', async () => {
  const page = await new Browser().open(`${under.portalUrl}/`)
  const address = /href="(\/assets\/style\.css\?v=[0-9a-f]+)"/.exec(page.body)?.[1] ?? ''
  const versioned = await new Browser().request(under.portalUrl + address)
  expect([versioned.status, versioned.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
  expect(versioned.headers.get('content-type')).toBe('text/css; charset=utf-8')
  const wrong = await new Browser().request(`${under.portalUrl}/assets/style.css?v=0`)
  expect(wrong.headers.get('cache-control')).toBe('no-cache')
  const again = await new Browser().request(`${under.portalUrl}/assets/style.css`, {
    headers: { 'if-none-match': wrong.headers.get('etag') ?? '' },
  })
  expect([again.status, again.body]).toEqual([304, ''])
  for (const path of ['..%2fassets.ts', 'assets.ts', '__proto__', 'constructor']) {
    expect((await new Browser().request(`${under.portalUrl}/assets/${path}`)).status).toBe(404)
  }
})

test('what a person is called is text on the page, whatever it looks like', async () => {
  under.identityServer.hand.name = '<script>alert(1)</script>"\'&'
  const { body } = await new Browser().open(`${under.portalUrl}/sign-in`)
  under.identityServer.hand.name = 'Alice'
  expect(body).not.toContain('<script>alert')
  expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
})

test('broken requests break nothing', async () => {
  const { port } = new URL(under.portalUrl)
  for (const bytes of [
    'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
    'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n',
    '\0\0\0',
    `GET /callback?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  ]) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes))
      socket
        .on('close', () => resolve())
        .on('error', () => undefined)
        .resume()
    })
  }
  expect((await new Browser().request(under.portalUrl)).status).toBe(200)
})

test('closing lets a request under way finish', async () => {
  const browser = new Browser()
  const answer = await browser.open(`${under.portalUrl}/sign-in`, (url) => url.pathname === '/callback')
  const { hand } = under.identityServer
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  hand.beforeToken = () => {
    reached.resolve()
    return released.promise
  }
  const underWay = browser.request(answer.url)
  await reached.promise
  const restarted = under.restart()
  released.resolve()
  hand.beforeToken = undefined
  expect((await underWay).status).toBe(303)
  await restarted
  expect(await isSignedIn(under, browser)).toBe(true)
})
