import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { text } from '../src/texts.ts'
import { Browser } from './browser.ts'
import { alertOf, answerOf, isSignedIn, moveClock, signedIn, startAll, type UnderTest, WAYS } from './portal-under-test.ts'

describe.each(WAYS)('the portal %s', (way) => {
  let under: UnderTest

  beforeAll(async () => {
    under = await startAll(way)
  })

  afterAll(() => under.close())

  const toAccount = (url: URL) => url.pathname === '/account'
  const MINUTE = 60_000

  test('with the password alone, Manage My Account asks for a second factor, comes back and goes on', async () => {
    const browser = await signedIn(under)
    const first = await browser.request(`${under.portalUrl}/manage-account`)
    const request = new URL(first.headers.get('location') ?? '').searchParams
    expect([request.get('acr_values'), request.get('max_age')]).toEqual(['urn:latchkey:acr:two-factors', '600'])
    const before = browser.cookie('latchkey_portal')
    const visit = await browser.open(`${under.portalUrl}/manage-account`, toAccount)
    expect(visit.url.href).toBe(under.accountUrl)
    expect(browser.cookie('latchkey_portal')).not.toBe(before)
    const dashboard = await browser.open(`${under.portalUrl}/dashboard`)
    expect(dashboard.body).toContain('with a second factor')
  })

  test('the session id from before a step-up opens nothing any more', async () => {
    const browser = await signedIn(under)
    const before = browser.cookie('latchkey_portal') ?? ''
    await browser.open(`${under.portalUrl}/manage-account`, toAccount)
    const thief = new Browser()
    thief.plant('latchkey_portal', before)
    expect(await isSignedIn(under, thief)).toBe(false)
  })

  test('a second factor is fresh for ten minutes', async () => {
    const browser = await signedIn(under)
    await browser.open(`${under.portalUrl}/manage-account`, toAccount)
    moveClock(10 * MINUTE)
    expect((await browser.request(`${under.portalUrl}/manage-account`)).headers.get('location')).toBe(under.accountUrl)
    moveClock(MINUTE)
    const again = await browser.request(`${under.portalUrl}/manage-account`)
    expect(again.headers.get('location')).toContain('max_age=600')
    expect(await isSignedIn(under, browser)).toBe(true)
  })

  test('a program is told what is missing (RFC 9470) instead of being sent to a page', async () => {
    for (const browser of [await signedIn(under), new Browser()]) {
      const visit = await browser.request(`${under.portalUrl}/manage-account`, { headers: { accept: 'application/json' } })
      expect(visit.status).toBe(401)
      expect(visit.headers.get('www-authenticate')).toBe(
        'Bearer error="insufficient_user_authentication", acr_values="urn:latchkey:acr:two-factors", max_age=600',
      )
    }
  })

  test('a provider that comes back with one factor is refused, once, and the session stays what it was', async () => {
    const browser = await signedIn(under)
    under.identityServer.hand.ignoreAcr = true
    const visit = await browser.open(`${under.portalUrl}/manage-account`, toAccount)
    under.identityServer.hand.ignoreAcr = false
    expect([visit.status, alertOf(visit)]).toEqual([403, text('second-factor-missing.text')])
    const dashboard = await browser.open(`${under.portalUrl}/dashboard`)
    expect(dashboard.body).toContain('with the password')
  })

  test('an authentication that is older than max_age is refused', async () => {
    const browser = new Browser()
    await browser.open(`${under.portalUrl}/manage-account`, toAccount)
    moveClock(11 * MINUTE)
    const first = await browser.request(`${under.portalUrl}/manage-account`)
    const request = new URL(first.headers.get('location') ?? '')
    request.searchParams.delete('max_age')
    const answer = await browser.open(request, (url) => url.pathname === '/callback')
    const visit = await browser.request(answer.url)
    expect([visit.status, alertOf(visit)]).toEqual([400, text('not-verified.text')])
  })

  test('the second factor of another person opens nothing', async () => {
    const browser = await signedIn(under)
    const { hand } = under.identityServer
    hand.subject = 'usr_bob'
    for (const cookie of browser.cookies.filter(({ name }) => name.startsWith('_')))
      browser.cookies.splice(browser.cookies.indexOf(cookie), 1)
    const answer = await answerOf(under, browser, '/manage-account')
    hand.subject = 'usr_alice'
    const visit = await browser.request(answer)
    expect([visit.status, alertOf(visit)]).toEqual([403, text('other-person.text')])
  })

  test('a session ends after an hour without use, and not while it is used', async () => {
    const browser = await signedIn(under)
    moveClock(59 * MINUTE)
    expect(await isSignedIn(under, browser)).toBe(true)
    moveClock(59 * MINUTE)
    expect(await isSignedIn(under, browser)).toBe(true)
    moveClock(60 * MINUTE)
    expect(await isSignedIn(under, browser)).toBe(false)
  })

  test('a session ends after twelve hours, however much it is used and whatever steps up meanwhile', async () => {
    const browser = await signedIn(under)
    for (let half = 0; half < 23; half += 1) {
      moveClock(30 * MINUTE)
      expect(await isSignedIn(under, browser)).toBe(true)
    }
    await browser.open(`${under.portalUrl}/manage-account`, toAccount)
    moveClock(29 * MINUTE)
    expect(await isSignedIn(under, browser)).toBe(true)
    moveClock(MINUTE)
    expect(await isSignedIn(under, browser)).toBe(false)
    // The provider's own session lasts longer here: it has to ask again, or the browser would go round in circles.
    expect((await browser.open(`${under.portalUrl}/dashboard`)).status).toBe(200)
    moveClock(59 * MINUTE)
    expect(await isSignedIn(under, browser)).toBe(true)
  })

  test('a sign-in that hands back an authentication of yesterday is refused, without going round in circles', async () => {
    const browser = await signedIn(under)
    moveClock(24 * 60 * MINUTE)
    const first = await browser.request(`${under.portalUrl}/dashboard`)
    const request = new URL(first.headers.get('location') ?? '')
    request.searchParams.delete('max_age')
    const visit = await browser.open(request)
    expect([visit.status, alertOf(visit)]).toEqual([400, text('not-verified.text')])
  })
})
