import { expect, test } from 'vitest'
import { enrolPerson } from '../../../../../test/people.ts'
import { newParty, raise, signIn } from '../../test/stand.ts'
import { answerOf, expectRefusal, NEEDS_A_PAGE } from './answers.ts'
import { ask, type Bench, type Extra, type Flow, finish, flow, flowFromThePage, ready, resumeOf } from './steps.ts'
import { discover, readUserInfo } from './tokens.ts'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Those modules of the Basic plan that are about scopes and claims. */
export function scopeModules(bench: Bench): void {
  const { stand } = bench

  test('oidcc-scope-profile: the name and what else is known of a person, at the UserInfo endpoint', async () => {
    const { name, ...others } = await claimsFor(bench, 'openid profile')
    expect(name).toMatch(/^enrolled/)
    expect(Object.keys(others).sort()).toEqual(['locale', 'preferred_username', 'sub', 'zoneinfo'])
  })

  test('oidcc-scope-email: the address, and that it was verified, and no name', async () => {
    const info = await claimsFor(bench, 'openid email')
    expect(info).toEqual({ sub: info['sub'], email: expect.stringMatching(/@example\.test$/), email_verified: true })
  })

  test('oidcc-scope-address: skipped, as the scope is not offered', async () => {
    expect((await discover(stand()))['scopes_supported']).not.toContain('address')
  })

  test('oidcc-scope-phone: skipped, as the scope is not offered', async () => {
    expect((await discover(stand()))['scopes_supported']).not.toContain('phone')
  })

  test('oidcc-scope-all: skipped, as two of the scopes are not offered; asked for all the same they do no harm', async () => {
    expect((await discover(stand()))['scopes_supported']).toEqual(['openid', 'profile', 'email', 'offline_access'])
    const info = await claimsFor(bench, 'openid profile email address phone')
    expect(Object.keys(info).sort()).toEqual(['email', 'email_verified', 'locale', 'name', 'preferred_username', 'sub', 'zoneinfo'])
  })

  test('oidcc-ensure-other-scope-order-succeeds: openid stands last', async () => {
    expect(await claimsFor(bench, 'email openid')).toMatchObject({ email_verified: true })
  })

  test('oidcc-claims-essential: the name, at the UserInfo endpoint and not in the ID Token', async () => {
    const { party, browser } = await ready(bench)
    const { answer, claims } = await flow(bench, party, browser, { claims: JSON.stringify({ userinfo: { name: { essential: true } } }) })
    expect(await readUserInfo(stand(), answer.body['access_token'] ?? '')).toMatchObject({ sub: claims.sub, name: expect.any(String) })
    expect(claims).not.toHaveProperty('name')
  })
}

/** Those that are about whether the person is shown a page, and which one. */
export function promptModules(bench: Bench): void {
  const { stand, mode } = bench

  test('oidcc-display-page: the page, then the answer', async () => {
    await flowFromThePage(bench, await newParty(stand()), { display: 'page' })
  })

  test('oidcc-display-popup: the page, then the answer', async () => {
    await flowFromThePage(bench, await newParty(stand()), { display: 'popup' })
  })

  test('oidcc-prompt-login: whoever is signed in signs in again', async () => {
    await secondSignIn(bench, { prompt: 'login' })
  })

  test('oidcc-prompt-none-not-logged-in: an error comes back, and the state whole', async () => {
    const party = await newParty(stand())
    const request = await ask(bench, party, { prompt: 'none', state: 'aZ09-._~'.repeat(16) })
    const stop = await stand().newBrowser().open(request.url)
    expectRefusal(stand(), request, answerOf(mode, stop), NEEDS_A_PAGE)
  })

  test('oidcc-prompt-none-logged-in: no page, the same person and time', async () => {
    await twice(bench, {}, () => ({ prompt: 'none' }))
  })

  test('oidcc-max-age-1: two seconds later the person signs in again, and the token says when', async () => {
    await secondSignIn(bench, { max_age: '1' })
  })

  test('oidcc-max-age-10000: that is not long ago; no page, the same person and time', async () => {
    await twice(bench, { max_age: '15000' }, () => ({ max_age: '10000' }))
  })

  test('oidcc-id-token-hint: with prompt=none no page, the same person and time', async () => {
    await twice(bench, {}, ({ answer }) => ({ prompt: 'none', id_token_hint: answer.body['id_token'] ?? '' }))
  })

  test('oidcc-login-hint: the page, then the answer', async () => {
    await flowFromThePage(bench, await newParty(stand()), { login_hint: `buffy@${new URL(stand().url).hostname}` })
  })

  test('oidcc-ui-locales: the page, then the answer', async () => {
    await flowFromThePage(bench, await newParty(stand()), { ui_locales: 'se' })
  })

  test('oidcc-claims-locales: the page, then the answer', async () => {
    await flowFromThePage(bench, await newParty(stand()), { claims_locales: 'se' })
  })

  test('oidcc-ensure-request-with-acr-values-succeeds: one of those that are offered is reached', async () => {
    const offered = (await discover(stand()))['acr_values_supported']
    if (!Array.isArray(offered)) throw new Error('no acr values are offered')
    const { claims } = await flowFromThePage(bench, await newParty(stand()), { acr_values: offered.join(' ') })
    expect(offered).toContain(claims['acr'])
  })
}

/** Those that are about what a provider does not understand or does not support. */
export function unsupportedModules(bench: Bench): void {
  const { stand } = bench

  test('oidcc-ensure-request-with-unknown-parameter-succeeds: it is passed over', async () => {
    const { party, browser } = await ready(bench)
    await flow(bench, party, browser, { extra: 'foobar' })
  })

  test('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: rejected (only for clients that register themselves)', async () => {
    const found = await discover(stand())
    expect(found).not.toHaveProperty('registration_endpoint')
    expect(found['request_uri_parameter_supported']).toBe(false)
    // The response mode would stand in the object that nobody reads.
    const answer = answerOf('query', await sendObject(bench, { request_uri: 'https://app.example.test/object.jwt' }))
    expect([answer.get('error'), answer.get('code')]).toEqual(['request_uri_not_supported', null])
  })

  test('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: rejected', async () => {
    expect((await discover(stand()))['request_parameter_supported'] ?? false).toBe(false)
    const answer = answerOf('query', await sendObject(bench, {}))
    expect([answer.get('error'), answer.get('code')]).toEqual(['request_not_supported', null])
  })

  test('oidcc-ensure-request-object-with-redirect-uri: an address outside it that nobody registered leads to a page of ours', async () => {
    const stop = await sendObject(bench, { redirect_uri: 'https://app.example.test/invalid' })
    expect([stop.status, stop.trail]).toEqual([400, []])
    expect(stop.text).not.toContain('app.example.test')
  })
}

/** What a scope gives somebody with a verified address: at the UserInfo endpoint, and not in the ID Token. */
async function claimsFor(bench: Bench, scope: string): Promise<Readonly<Record<string, unknown>>> {
  const { stand, world } = bench
  const party = await newParty(stand())
  const { browser, user } = await signIn(stand(), world(), {}, (await enrolPerson(world())).user)
  const { answer } = await flow(bench, party, browser, { scope })
  const info = await readUserInfo(stand(), answer.body['access_token'] ?? '')
  expect(info['sub']).toBe(user)
  return info
}

/** Twice in one session: it is the same person, signed in at the same time. */
async function twice(bench: Bench, first: Extra, second: (first: Flow) => Extra): Promise<void> {
  const { party, browser } = await ready(bench)
  const before = await flow(bench, party, browser, first)
  bench.world().pass(2000)
  const { claims } = await flow(bench, party, browser, second(before))
  expect([claims.sub, claims['auth_time']]).toEqual([before.claims.sub, before.claims['auth_time']])
}

/** A second request for which the person has to prove themselves anew. */
async function secondSignIn(bench: Bench, wish: Extra): Promise<void> {
  const { stand, world } = bench
  const person = await ready(bench)
  const { claims: before } = await flow(bench, person.party, person.browser)
  world().pass(2000)
  const request = await ask(bench, person.party, wish)
  const resume = resumeOf(await person.browser.open(request.url))
  resumeOf(await person.browser.open(resume))
  world().pass(1000)
  await raise(stand(), person, { passwordAt: world().now() })
  const { claims } = await finish(bench, person.party, request, await person.browser.open(resume))
  expect(claims['auth_time']).toBe(Math.floor(world().now() / 1000))
  expect(claims['auth_time']).toBeGreaterThan(Number(before['auth_time']))
  expect(claims.sub).toBe(before.sub)
}

/** A request of which most stands in an object that nobody signed; outside it, what OAuth 2.0 wants there. */
async function sendObject(bench: Bench, outside: Extra) {
  const { party, browser } = await ready(bench)
  const { searchParams: inside } = (await ask(bench, party)).url
  const object = `${encode({ alg: 'none' })}.${encode({ ...Object.fromEntries(inside), iss: party.clientId, aud: bench.stand().url })}.`
  const repeated = ['client_id', 'response_type', 'scope', 'redirect_uri'].map((name): [string, string] => [name, inside.get(name) ?? ''])
  const reference = outside['request_uri'] === undefined ? { request: object } : {}
  const query = new URLSearchParams({ ...Object.fromEntries(repeated), ...reference, ...outside })
  return browser.open(`/oidc/authorize?${query}`)
}
