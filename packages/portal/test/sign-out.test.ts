import { exportJWK, generateKeyPair, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { text } from '../src/texts.ts'
import { Browser, type Visit } from './browser.ts'
import { alertOf, answerOf, EVENT, isSignedIn, moveClock, signedBy, signedIn, startAll, type UnderTest, WAYS } from './portal-under-test.ts'

describe.each(WAYS)('the portal %s', (way) => {
  let under: UnderTest
  let browser: Browser

  beforeAll(async () => {
    under = await startAll(way)
  })

  beforeEach(async () => {
    moveClock(1000)
    browser = await signedIn(under)
  })

  afterAll(() => under.close())

  /** The provider's name for the newest session. */
  async function newestSid(): Promise<string> {
    const [newest] = (await under.rows('portal_sessions')).sort((a, b) => Number(b['last_seen_at']) - Number(a['last_seen_at']))
    return String(newest?.['provider_sid'])
  }

  let serial = 0
  type Changes = Readonly<Record<string, unknown>>

  /** A right logout token's claims; a claim that is changed to undefined is left out. */
  async function claims(changes: Changes = {}): Promise<JWTPayload> {
    const now = Math.floor(Date.now() / 1000)
    serial += 1
    return {
      iss: under.identityServer.issuer,
      aud: 'portal',
      iat: now,
      exp: now + 120,
      jti: `jti-${serial}`,
      sid: await newestSid(),
      events: { [EVENT]: {} },
      ...changes,
    }
  }

  function tell(token: string): Promise<Visit> {
    return new Browser().request(`${under.portalUrl}/backchannel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
    })
  }

  test('Sign out ends the session here and at the provider, and comes back to the front page', async () => {
    const before = browser.cookie('latchkey_portal') ?? ''
    const answer = await browser.post(`${under.portalUrl}/sign-out`, {})
    expect(answer.status).toBe(303)
    const address = new URL(answer.headers.get('location') ?? '')
    expect(address.origin).toBe(under.identityServer.issuer)
    expect(address.searchParams.get('client_id')).toBe('portal')
    expect(address.searchParams.get('post_logout_redirect_uri')).toBe(`${under.portalUrl}/`)
    expect(browser.cookie('latchkey_portal')).toBeUndefined()
    const thief = new Browser()
    thief.plant('latchkey_portal', before)
    expect(await isSignedIn(under, thief)).toBe(false)
    const asked = await browser.open(address)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.body)?.[1] ?? ''
    const done = await browser.post(`${under.identityServer.issuer}/session/end/confirm`, { xsrf, logout: 'yes' })
    expect(done.headers.get('location')).toBe(`${under.portalUrl}/`)
  })

  test("a sign-out that the provider is told of ends this portal's session of another browser by the back channel", async () => {
    const other = new Browser()
    for (const { name, value, path } of browser.cookies.filter(({ name }) => name.startsWith('_session')))
      other.cookies.push({ name, value, path })
    await other.open(`${under.portalUrl}/sign-in`)
    const asked = await other.open((await other.post(`${under.portalUrl}/sign-out`, {})).headers.get('location') ?? '')
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.body)?.[1] ?? ''
    expect(await isSignedIn(under, browser)).toBe(true)
    await other.post(`${under.identityServer.issuer}/session/end/confirm`, { xsrf, logout: 'yes' })
    expect(await isSignedIn(under, browser)).toBe(false)
  })

  test('while the provider is away, Sign out still ends the session here and says what it could not do', async () => {
    await under.identityServer.stop()
    await under.restart()
    const visit = await browser.post(`${under.portalUrl}/sign-out`, {})
    expect([visit.status, alertOf(visit)]).toEqual([503, text('signed-out-here.text')])
    expect(visit.headers.get('set-cookie')).toContain('latchkey_portal=;')
    await under.identityServer.start()
    expect(await isSignedIn(under, browser)).toBe(false)
  })

  test('a logout token ends the session that it names, and no other', async () => {
    const other = await signedIn(under)
    const visit = await tell(await signedBy(under, await claims()))
    expect([visit.status, visit.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await isSignedIn(under, other)).toBe(false)
    expect(await isSignedIn(under, browser)).toBe(true)
  })

  test("a logout token without a session ends all of the person's", async () => {
    const other = await signedIn(under)
    expect((await tell(await signedBy(under, await claims({ sid: undefined, sub: 'usr_alice' })))).status).toBe(200)
    expect([await isSignedIn(under, other), await isSignedIn(under, browser)]).toEqual([false, false])
  })

  test('a logout token that names the session of one person and the id of another ends nothing', async () => {
    expect((await tell(await signedBy(under, await claims({ sub: 'usr_bob' })))).status).toBe(200)
    expect(await isSignedIn(under, browser)).toBe(true)
  })

  test('a logout token is good once, also when it comes ten times together', async () => {
    const token = await signedBy(under, await claims())
    const visits = await Promise.all(Array.from({ length: 10 }, () => tell(token)))
    expect(visits.filter(({ status }) => status === 200)).toHaveLength(1)
    await under.restart()
    expect((await tell(token)).status).toBe(400)
  })

  const now = () => Math.floor(Date.now() / 1000)
  const wrong: Record<string, () => Changes> = {
    'another issuer': () => ({ iss: 'https://evil.example.test' }),
    'another audience': () => ({ aud: 'another' }),
    'a nonce': () => ({ nonce: 'n' }),
    'no jti': () => ({ jti: undefined }),
    'no iat': () => ({ iat: undefined }),
    'an iat to come': () => ({ iat: now() + 60, exp: now() + 120 }),
    'an old iat': () => ({ iat: now() - 700 }),
    'no exp': () => ({ exp: undefined }),
    'a past exp': () => ({ iat: now() - 90, exp: now() - 31 }),
    'no events': () => ({ events: undefined }),
    'another event': () => ({ events: { 'http://schemas.openid.net/event/another': {} } }),
    'an event that is no object': () => ({ events: { [EVENT]: 'yes' } }),
    'neither session nor person': () => ({ sid: undefined }),
    'a session that is no text': () => ({ sid: 7 }),
  }

  test.each(Object.entries(wrong))('a logout token with %s ends nothing', async (_, changes) => {
    const visit = await tell(await signedBy(under, await claims(changes())))
    expect([visit.status, visit.headers.get('cache-control')]).toEqual([400, 'no-store'])
    expect(await isSignedIn(under, browser)).toBe(true)
  })

  test('an ID token, or anything of another type, is no logout token', async () => {
    for (const typ of ['JWT', 'at+jwt', undefined]) {
      const header = typ === undefined ? { typ: '' } : { typ }
      expect((await tell(await signedBy(under, await claims(), header))).status).toBe(400)
    }
    expect(await isSignedIn(under, browser)).toBe(true)
  })

  test("a forged signature ends nothing: alg none, a key of one's own, the public key as a secret, a key in the header", async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const own = await exportJWK(publicKey)
    const kid = under.identityServer.signingKey.kid ?? ''
    const { d: _, ...published } = under.identityServer.signingKey
    const secret = new TextEncoder().encode(JSON.stringify(published))
    const forged = [
      new UnsecuredJWT(await claims()).encode(),
      await new SignJWT(await claims()).setProtectedHeader({ alg: 'ES256', typ: 'logout+jwt', kid }).sign(privateKey),
      await new SignJWT(await claims())
        .setProtectedHeader({ alg: 'ES256', typ: 'logout+jwt', kid: '../../dev/null', jwk: own })
        .sign(privateKey),
      await new SignJWT(await claims()).setProtectedHeader({ alg: 'HS256', typ: 'logout+jwt', kid }).sign(secret),
      `${(await signedBy(under, await claims())).slice(0, -4)}AAAA`,
      'not a token',
      '',
    ]
    for (const token of forged) expect((await tell(token)).status).toBe(400)
    expect(await isSignedIn(under, browser)).toBe(true)
  })

  test('the body is a form with one logout_token', async () => {
    const token = await signedBy(under, await claims())
    const address = `${under.portalUrl}/backchannel-logout`
    const json = await new Browser().request(address, {
      method: 'POST',
      body: JSON.stringify({ logout_token: token }),
      headers: { 'content-type': 'application/json' },
    })
    expect(json.status).toBe(415)
    const twice = new URLSearchParams([
      ['logout_token', token],
      ['logout_token', token],
    ])
    expect((await new Browser().request(address, { method: 'POST', body: twice })).status).toBe(400)
    expect((await new Browser().request(address, { method: 'POST', body: new URLSearchParams() })).status).toBe(400)
    expect(await isSignedIn(under, browser)).toBe(true)
  })

  test('a session that was ended before the sign-in came back is not opened', async () => {
    await tell(await signedBy(under, await claims()))
    const answer = await answerOf(under, browser)
    expect([(await browser.request(answer)).status, await isSignedIn(under, browser)]).toEqual([400, false])
  })

  test('a logout of the person while a sign-in is under way ends that too, and no later one', async () => {
    const other = new Browser()
    const answer = await answerOf(under, other)
    moveClock(1000)
    expect((await tell(await signedBy(under, await claims({ sid: undefined, sub: 'usr_alice' })))).status).toBe(200)
    expect((await other.request(answer)).status).toBe(400)
    moveClock(1000)
    expect((await other.open(`${under.portalUrl}/sign-in`)).url.pathname).toBe('/dashboard')
  })

  test('after a change of the signing key its successor is fetched, and the old key signs nothing any more', async () => {
    expect((await tell(await signedBy(under, await claims()))).status).toBe(200)
    const former = under.identityServer.signingKey
    await under.identityServer.rotate()
    // Both libraries fetch keys again for a name that they do not know, the slower one a minute after it last did.
    moveClock(61_000)
    browser = await signedIn(under)
    const old = await importJWK(former, 'ES256')
    expect((await tell(await signedBy(under, await claims()))).status).toBe(200)
    expect(await isSignedIn(under, browser)).toBe(false)
    browser = await signedIn(under)
    // Each instance fetches for itself.
    for (const sub of ['usr_bob', 'usr_carol'])
      expect((await tell(await signedBy(under, await claims({ sid: undefined, sub })))).status).toBe(200)
    const late = await new SignJWT(await claims()).setProtectedHeader({ alg: 'ES256', typ: 'logout+jwt', kid: former.kid ?? '' }).sign(old)
    expect((await tell(late)).status).toBe(400)
    expect(await isSignedIn(under, browser)).toBe(true)
  })
})
