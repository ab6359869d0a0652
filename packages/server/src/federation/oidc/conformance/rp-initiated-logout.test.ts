import { createHmac } from 'node:crypto'
import { generateKeyPair, SignJWT } from 'jose'
import { beforeEach, expect, test } from 'vitest'
import { onBothEngines } from '../../../../test/world.ts'
import type { Stop } from '../test/browser.ts'
import { AFTER_LOGOUT, standOf } from '../test/stand.ts'
import { answerOf, expectRefusal, NEEDS_A_PAGE } from './test/answers.ts'
import { ask, type Extra, flow, ready } from './test/steps.ts'
import { discover, publishedKeys } from './test/tokens.ts'

const PUBLIC = 'https://id.example.test'
/** Every symbol that a state may hold without being written otherwise, and some that have to be. */
const STATE = 'aZ09-._~ &=+?#%"'.repeat(8)

/**
 * What each module of `oidcc-rp-initiated-logout-certification-test-plan` of the OpenID Foundation's conformance suite does to a provider
 * (https://gitlab.com/openid/conformance-suite, OIDCCRpInitiatedLogoutTestPlan), for code and clients that were registered beforehand.
 */
onBothEngines('the RP-Initiated Logout plan, module by module', (world) => {
  const stand = standOf(world, PUBLIC)
  const bench = { world, stand, mode: 'query' as const }
  beforeEach(() => world().setTime(Date.now()))

  /** Somebody who came to a relying party and is signed out by it: `change` says what its request leaves out (`''`) or has otherwise. */
  async function signedIn() {
    const person = await ready(bench)
    const { answer, claims } = await flow(bench, person.party, person.browser, { state: STATE })
    return { ...person, claims, hint: answer.body['id_token'] ?? '' }
  }
  type SignedIn = Awaited<ReturnType<typeof signedIn>>

  function signOut({ browser, hint }: SignedIn, change: Extra = {}): Promise<Stop> {
    const asked = { id_token_hint: hint, post_logout_redirect_uri: AFTER_LOGOUT, state: STATE, ...change }
    return browser.open(`/oidc/sign-out?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''))}`)
  }

  /** What another request without a page is told: the code of somebody who is still signed in, or an error. */
  async function afterwards({ party, browser }: SignedIn) {
    const request = await ask(bench, party, { prompt: 'none', state: STATE })
    return { request, answer: answerOf('query', await browser.open(request.url)) }
  }

  async function expectSignedOut(person: SignedIn): Promise<void> {
    const { request, answer } = await afterwards(person)
    expectRefusal(stand(), request, answer, NEEDS_A_PAGE)
  }

  /** The person is asked, on a page of ours, and nothing has happened yet. */
  async function expectQuestion(person: SignedIn, stop: Stop): Promise<void> {
    expect([stop.status, stop.trail]).toEqual([200, []])
    expect(stop.text).toContain('<h1>Sign out</h1>')
    expect(stop.text).not.toContain('app.example.test')
    expect((await afterwards(person)).answer.get('code')).toMatch(/./)
  }

  /** The page that says so. */
  function expectDone(stop: Stop): void {
    expect([stop.status, stop.url.origin]).toEqual([200, PUBLIC])
    expect(stop.text).toContain('<h1>You are signed out</h1>')
  }

  const press = ({ browser }: SignedIn) =>
    browser.open('/oidc/sign-out/confirm', { method: 'POST', body: new URLSearchParams(), headers: { origin: PUBLIC } })

  test('oidcc-rp-initiated-logout-discovery-endpoint-verification: the address is there, and by https', async () => {
    const found = await discover(stand())
    expect(found['end_session_endpoint']).toBe(`${PUBLIC}/oidc/sign-out`)
    for (const [name, address] of Object.entries(found)) if (name.endsWith('_endpoint')) expect(address, name).toMatch(/^https:/)
  })

  test('oidcc-rp-initiated-logout: back at the relying party with its state and nothing else, and signed out', async () => {
    const person = await signedIn()
    const { url, trail } = await signOut(person)
    expect([url.origin + url.pathname, trail.length, url.hash]).toEqual([AFTER_LOGOUT, 1, ''])
    expect([...url.searchParams]).toEqual([['state', STATE]])
    await expectSignedOut(person)
  })

  test('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri: never to an address that nobody registered', async () => {
    const person = await signedIn()
    await expectQuestion(person, await signOut(person, { post_logout_redirect_uri: 'https://app.example.test/bad' }))
  })

  test('oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri: never with more behind the address', async () => {
    const person = await signedIn()
    await expectQuestion(person, await signOut(person, { post_logout_redirect_uri: `${AFTER_LOGOUT}?foo=bar` }))
  })

  test('oidcc-rp-initiated-logout-modified-id-token-hint: a hint whose algorithm is none now is none', async () => {
    const person = await signedIn()
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    const [, body, signature] = person.hint.split('.')
    for (const id_token_hint of [`${none}.${body}.`, `${none}.${body}.${signature}`])
      await expectQuestion(person, await signOut(person, { id_token_hint }))
  })

  test('oidcc-rp-initiated-logout-bad-id-token-hint: a hint that the relying party signed is none', async () => {
    const person = await signedIn()
    const [key] = (await publishedKeys(stand())).keys.filter(({ kty }) => kty === 'RSA')
    const { privateKey } = await generateKeyPair('RS256')
    const foreign = await new SignJWT(person.claims).setProtectedHeader({ alg: 'RS256', kid: key?.kid ?? '' }).sign(privateKey)
    await expectQuestion(person, await signOut(person, { id_token_hint: foreign }))
    const head = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT' })).toString('base64url')
    const shared = `${head}.${person.hint.split('.')[1]}`
    const mac = createHmac('sha256', person.party.secret ?? '')
      .update(shared)
      .digest('base64url')
    await expectQuestion(person, await signOut(person, { id_token_hint: `${shared}.${mac}` }))
  })

  test('oidcc-rp-initiated-logout-no-id-token-hint: without a hint the person is asked', async () => {
    const person = await signedIn()
    await expectQuestion(person, await signOut(person, { id_token_hint: '' }))
  })

  test('oidcc-rp-initiated-logout-no-params: the person is asked, and signed out by the button', async () => {
    const person = await signedIn()
    await expectQuestion(person, await signOut(person, { id_token_hint: '', post_logout_redirect_uri: '', state: '' }))
    expectDone(await press(person))
    await expectSignedOut(person)
  })

  test('oidcc-rp-initiated-logout-only-state: the person is asked, and signed out by the button', async () => {
    const person = await signedIn()
    await expectQuestion(person, await signOut(person, { id_token_hint: '', post_logout_redirect_uri: '' }))
    expectDone(await press(person))
    await expectSignedOut(person)
  })

  test('oidcc-rp-initiated-logout-no-post-logout-redirect-uri: signed out at once, and told so here', async () => {
    const person = await signedIn()
    const stop = await signOut(person, { post_logout_redirect_uri: '' })
    expect(stop.trail).toEqual([`${PUBLIC}/oidc/sign-out/done`])
    expectDone(stop)
    await expectSignedOut(person)
  })

  test('oidcc-rp-initiated-logout-no-state: back at the relying party with nothing, and signed out', async () => {
    const person = await signedIn()
    expect((await signOut(person, { state: '' })).trail).toEqual([AFTER_LOGOUT])
    await expectSignedOut(person)
  })
})
