import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { text } from '../src/texts.ts'
import { Browser } from './browser.ts'
import { alertOf, answerOf, answerToChanged, isSignedIn, moveClock, signedIn, startAll, type UnderTest, WAYS } from './portal-under-test.ts'

/** Bytes as text, so that a text that stands in them is found. */
const readable = (row: Record<string, unknown>): string =>
  Object.values(row)
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value))
    .join(' ')

describe.each(WAYS)('the portal %s', (way) => {
  let under: UnderTest

  beforeAll(async () => {
    under = await startAll(way)
  })

  afterAll(() => under.close())

  test('the sign-in leads to the dashboard, which says who, when and how', async () => {
    const browser = new Browser()
    const visit = await browser.open(`${under.portalUrl}/sign-in`)
    expect([visit.status, visit.url.href]).toEqual([200, `${under.portalUrl}/dashboard`])
    expect(visit.body).toContain('<h1>Dashboard</h1>')
    expect(visit.body).toContain('Alice')
    expect(visit.body).toContain('with the password')
    expect(visit.body).toContain('2031')
    expect(visit.headers.get('cache-control')).toBe('no-store')
  })

  test('the authorization request carries PKCE, state, nonce and the acr, and no redirect but ours', async () => {
    const first = await new Browser().request(`${under.portalUrl}/sign-in`)
    const request = new URL(first.headers.get('location') ?? '').searchParams
    expect(request.get('code_challenge_method')).toBe('S256')
    expect(request.get('state')).toMatch(/^[\w-]{43}$/)
    expect(request.get('nonce')).toMatch(/^[\w-]{43}$/)
    expect(request.get('acr_values')).toBe('urn:latchkey:acr:one-factor')
    expect(request.get('redirect_uri')).toBe(`${under.portalUrl}/callback`)
  })

  test('the dashboard without a session signs in by itself and comes back', async () => {
    const visit = await new Browser().open(`${under.portalUrl}/dashboard`)
    expect([visit.status, visit.url.pathname]).toEqual([200, '/dashboard'])
  })

  test('a state that was never given out is refused', async () => {
    const browser = new Browser()
    const answer = await answerOf(under, browser)
    answer.searchParams.set('state', 'A'.repeat(43))
    const visit = await browser.request(answer)
    expect([visit.status, alertOf(visit)]).toEqual([400, text('expired.text')])
    expect(await isSignedIn(under, browser)).toBe(false)
  })

  test('no state, two states, and a state of another shape are refused', async () => {
    for (const change of [
      (url: URL) => url.searchParams.delete('state'),
      (url: URL) => url.searchParams.append('state', 'A'.repeat(43)),
      (url: URL) => url.searchParams.set('state', '../../etc'),
    ]) {
      const browser = new Browser()
      const answer = await answerOf(under, browser)
      change(answer)
      expect((await browser.request(answer)).status).toBe(400)
      expect(await isSignedIn(under, browser)).toBe(false)
    }
  })

  test('an ID token without our nonce, or with another, is refused', async () => {
    for (const change of [
      (url: URL) => url.searchParams.delete('nonce'),
      (url: URL) => url.searchParams.set('nonce', 'of somebody else'),
    ]) {
      const browser = new Browser()
      const visit = await browser.request(await answerToChanged(under, browser, change))
      expect([visit.status, alertOf(visit)]).toEqual([400, text('not-verified.text')])
      expect(await isSignedIn(under, browser)).toBe(false)
    }
  })

  test('a code that was made for another PKCE challenge is refused', async () => {
    const browser = new Browser()
    const answer = await answerToChanged(under, browser, (url) => url.searchParams.set('code_challenge', 'B'.repeat(43)))
    expect((await browser.request(answer)).status).toBe(400)
    expect(await isSignedIn(under, browser)).toBe(false)
  })

  test('an answer of another issuer, or of none, is refused before the code goes anywhere', async () => {
    for (const change of [
      (url: URL) => url.searchParams.set('iss', 'https://evil.example.test'),
      (url: URL) => url.searchParams.set('iss', `${under.identityServer.issuer}/`),
      (url: URL) => url.searchParams.delete('iss'),
    ]) {
      const browser = new Browser()
      const answer = await answerOf(under, browser)
      change(answer)
      const visit = await browser.request(answer)
      expect([visit.status, alertOf(visit)]).toEqual([400, text('not-verified.text')])
      expect(await isSignedIn(under, browser)).toBe(false)
    }
  })

  test('an answer that names no issuer is refused even if the provider promises none', async () => {
    const { hand } = under.identityServer
    hand.alter = (path, body) => {
      if (path.startsWith('/.well-known')) body.authorization_response_iss_parameter_supported = false
    }
    await under.restart()
    const browser = new Browser()
    const answer = await answerOf(under, browser)
    hand.alter = undefined
    answer.searchParams.delete('iss')
    const visit = await browser.request(answer)
    expect([visit.status, alertOf(visit)]).toEqual([400, text('not-verified.text')])
    await under.restart()
  })

  test("an ID token with a signature that is not the provider's is refused", async () => {
    const { hand } = under.identityServer
    hand.alter = (path, body) => {
      if (path === '/token') body.id_token = String(body.id_token).replace(/.{20}$/, 'A'.repeat(20))
    }
    const browser = new Browser()
    const visit = await browser.open(`${under.portalUrl}/sign-in`)
    hand.alter = undefined
    expect([visit.status, alertOf(visit)]).toEqual([400, text('not-verified.text')])
    expect(await isSignedIn(under, browser)).toBe(false)
  })

  test("the name of another person than the ID token's is refused", async () => {
    const { hand } = under.identityServer
    hand.alter = (path, body) => {
      if (path === '/me') body.sub = 'usr_bob'
    }
    const visit = await new Browser().open(`${under.portalUrl}/sign-in`)
    hand.alter = undefined
    expect([visit.status, alertOf(visit)]).toEqual([400, text('not-verified.text')])
  })

  test('a discovery document of another issuer, or with addresses that are none, starts no sign-in', async () => {
    const { hand } = under.identityServer
    const changes: Record<string, unknown>[] = [
      { issuer: 'https://evil.example.test' },
      { authorization_endpoint: 'javascript:alert(1)' },
      { authorization_endpoint: undefined },
      { jwks_uri: undefined },
    ]
    for (const change of changes) {
      hand.alter = (path, body) => path.startsWith('/.well-known') && Object.assign(body, change)
      await under.restart()
      const visit = await new Browser().request(`${under.portalUrl}/sign-in`)
      expect([change, visit.status, visit.headers.get('location')]).toEqual([change, 503, null])
    }
    hand.alter = undefined
    await under.restart()
  })

  test('login CSRF: an answer that was made for one browser signs in no other', async () => {
    const answer = await answerOf(under, new Browser())
    const victim = new Browser()
    await victim.request(`${under.portalUrl}/sign-in`)
    const visit = await victim.request(answer)
    expect([visit.status, alertOf(visit)]).toEqual([400, text('expired.text')])
    expect(await isSignedIn(under, victim)).toBe(false)
  })

  test('code injection: the code of one browser with the state of another is refused', async () => {
    const stolen = await answerOf(under, new Browser())
    const attacker = new Browser()
    const answer = await answerOf(under, attacker)
    answer.searchParams.set('code', stolen.searchParams.get('code') ?? '')
    expect((await attacker.request(answer)).status).toBe(400)
    expect(await isSignedIn(under, attacker)).toBe(false)
  })

  test('an answer is good once, also when it comes twice at the same time', async () => {
    const browser = new Browser()
    const answer = await answerOf(under, browser)
    const visits = await Promise.all(Array.from({ length: 10 }, () => browser.request(answer)))
    expect(visits.map(({ status }) => status).sort()).toEqual([303, ...Array.from({ length: 9 }, () => 400)])
    expect((await browser.request(answer)).status).toBe(400)
  })

  test('a sign-in is good for ten minutes', async () => {
    const browser = new Browser()
    const answer = await answerOf(under, browser)
    moveClock(10 * 60_000)
    const visit = await browser.request(answer)
    expect([visit.status, alertOf(visit)]).toEqual([400, text('expired.text')])
  })

  test('two tabs sign in side by side', async () => {
    const browser = new Browser()
    const one = await answerOf(under, browser)
    const two = await answerOf(under, browser)
    expect((await browser.request(two)).status).toBe(303)
    expect((await browser.request(one)).status).toBe(303)
    expect(await isSignedIn(under, browser)).toBe(true)
  })

  test('a sign-in under way outlives a restart, as does a session', async () => {
    const browser = new Browser()
    const answer = await answerOf(under, browser)
    await under.restart()
    expect((await browser.request(answer)).status).toBe(303)
    await under.restart()
    expect(await isSignedIn(under, browser)).toBe(true)
  })

  test("each of the provider's errors has its page and its status", async () => {
    const expected = { access_denied: 403, login_required: 403, temporarily_unavailable: 503, server_error: 502, invalid_request: 502 }
    for (const [error, status] of Object.entries(expected)) {
      under.identityServer.hand.error = error
      const visit = await new Browser().open(`${under.portalUrl}/sign-in`)
      expect([error, visit.status]).toEqual([error, status])
      expect(visit.body).not.toContain('said by the test')
      expect(alertOf(visit)).toBeDefined()
    }
  })

  test('an error with a state of nobody is no error of ours', async () => {
    const visit = await new Browser().request(`${under.portalUrl}/callback?error=access_denied&state=${'A'.repeat(43)}`)
    expect([visit.status, alertOf(visit)]).toEqual([400, text('expired.text')])
  })

  test('a session id that was planted before the sign-in is not the one after it', async () => {
    const browser = new Browser()
    browser.plant('latchkey_portal', 'A'.repeat(43))
    await browser.open(`${under.portalUrl}/sign-in`)
    expect(browser.cookie('latchkey_portal')).not.toBe('A'.repeat(43))
    const attacker = new Browser()
    attacker.plant('latchkey_portal', 'A'.repeat(43))
    expect(await isSignedIn(under, attacker)).toBe(false)
  })

  test('neither the log nor the database holds what would open a session or a sign-in', async () => {
    const browser = await signedIn(under)
    const answer = await answerOf(under, browser)
    const secrets = ['state', 'code'].map((name) => answer.searchParams.get(name) ?? '')
    await browser.request(answer)
    secrets.push(browser.cookie('latchkey_portal') ?? '', browser.cookie('latchkey_portal_browser') ?? '')
    const kept = [...(await under.rows('portal_sessions')), ...(await under.rows('portal_sign_ins'))]
    expect(kept.length).toBeGreaterThan(0)
    const rows = kept.map(readable).join(' ')
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20)
      expect(under.log.join('')).not.toContain(secret)
      for (const form of [secret, Buffer.from(secret, 'base64url').toString('latin1')]) expect(rows).not.toContain(form)
    }
    expect(under.log.join('')).not.toContain('Alice')
  })

  test('while the provider is away the front page shows, a sign-in says so, and it works as soon as the provider is back', async () => {
    await under.identityServer.stop()
    await under.restart()
    const browser = new Browser()
    expect((await browser.open(`${under.portalUrl}/`)).status).toBe(200)
    const visit = await browser.open(`${under.portalUrl}/sign-in`)
    expect([visit.status, alertOf(visit)]).toEqual([503, text('unreachable.text')])
    expect(visit.headers.get('retry-after')).toBe('60')
    await under.identityServer.start()
    expect((await browser.open(`${under.portalUrl}/sign-in`)).url.pathname).toBe('/dashboard')
  })

  test('a provider that goes away in the middle of a sign-in costs that sign-in and nothing else', async () => {
    const browser = new Browser()
    const answer = await answerOf(under, browser)
    await under.identityServer.stop()
    expect((await browser.request(answer)).status).toBe(503)
    await under.identityServer.start()
    expect((await browser.open(`${under.portalUrl}/sign-in`)).url.pathname).toBe('/dashboard')
  })

  test('the same name at another issuer is somebody else: nothing of the one is the other’s once the setting has changed', async () => {
    const other = await under.startAnother()
    expect(other.hand.subject).toBe(under.identityServer.hand.subject)
    const [browser, steppingUp] = [await signedIn(under), await signedIn(under)]
    const answer = await answerOf(under, steppingUp, '/manage-account')
    await under.restart()
    expect(await isSignedIn(under, browser)).toBe(true)
    await under.restart({ issuer: other.issuer })
    for (const one of [browser, steppingUp]) expect(await isSignedIn(under, one)).toBe(false)
    answer.searchParams.set('iss', other.issuer)
    const visit = await steppingUp.request(answer)
    expect([visit.status, alertOf(visit)]).toEqual([400, text('expired.text')])
    const fresh = await signedIn(under)
    expect((await fresh.request(`${under.portalUrl}/dashboard`)).body).toContain(other.hand.name)
    await under.restart()
    for (const one of [browser, steppingUp, fresh]) expect(await isSignedIn(under, one)).toBe(false)
  })

  test('a key that changed is there for the next who comes, and the one before signs nothing any more', async () => {
    const own = under.clientKey()
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    under.useKey({ ...(await exportJWK(privateKey)), kid: 'another' })
    expect((await new Browser().open(`${under.portalUrl}/sign-in`)).url.pathname).toBe('/callback')
    under.useKey(own)
    expect((await new Browser().open(`${under.portalUrl}/sign-in`)).url.pathname).toBe('/dashboard')
  })
})
