import { expect, test, vi } from 'vitest'
import type { Browser } from '../../test/browser.ts'
import { CALLBACK, newParty, type Party, postToken, type TokenAnswer } from '../../test/stand.ts'
import { answerOf, DESCRIPTION, expectRefusal } from './answers.ts'
import { ask, type Bench, type Extra, finish, flow, flowFromThePage, formOf, ready } from './steps.ts'
import { checkTokens, discover, publishedKeys, readUserInfo, verify } from './tokens.ts'

/** As RFC 6749, 5.2, has it. */
function expectInvalidGrant({ status, headers, body }: TokenAnswer): void {
  expect([status, body['error']]).toEqual([400, 'invalid_grant'])
  expect(headers.get('content-type')).toMatch(/^application\/json/)
  expect(body['error_description'] ?? '').toMatch(DESCRIPTION)
}

/** Shannon's measure over the symbols of a text, in bits. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const symbol of text) counts.set(symbol, (counts.get(symbol) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum - count * Math.log2(count / text.length), 0)
}

/** Those modules of the Basic plan that are about the answer, the ID Token and what the access token opens. */
export function tokenModules(bench: Bench): void {
  const { stand, mode } = bench

  test('oidcc-server: signing in, the code and the tokens, every claim of them', async () => {
    await publishedKeys(stand())
    const { party, browser, user } = await ready(bench)
    const { form, claims } = await flow(bench, party, browser)
    expect(claims.sub).toBe(user)
    // Nothing that was not asked for: a name for the session is for those who are told of its end.
    expect(claims).not.toHaveProperty('sid')
    expect(form['code']?.length).toBeGreaterThanOrEqual(16)
    expect(entropyOf(form['code'] ?? '')).toBeGreaterThan(96)
  })

  test('oidcc-response-type-missing: without a response_type there is an error', async () => {
    const { party, browser } = await ready(bench)
    const request = await ask(bench, party)
    request.url.searchParams.delete('response_type')
    const answer = answerOf(mode, await browser.open(request.url))
    expectRefusal(stand(), request, answer, ['invalid_request', 'unsupported_response_type'])
  })

  test('oidcc-idtoken-signature: signed by RS256 with a named key where nothing was said (only for clients that register themselves)', async () => {
    expect(await discover(stand())).not.toHaveProperty('registration_endpoint')
    const { party, browser } = await ready(bench)
    const { answer } = await flow(bench, party, browser)
    const { protectedHeader } = await verify(stand(), answer.body['id_token'] ?? '', party.clientId)
    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: expect.stringMatching(/./) })
  })

  test('oidcc-idtoken-unsigned: skipped, as none is no algorithm here (and no client registers itself)', async () => {
    const found = await discover(stand())
    expect(found).not.toHaveProperty('registration_endpoint')
    expect(found['id_token_signing_alg_values_supported']).toEqual(expect.not.arrayContaining(['none']))
  })

  test('oidcc-userinfo-get: the token in a header, by GET', async () => {
    const { party, browser, user } = await ready(bench)
    const { answer } = await flow(bench, party, browser)
    expect(await readUserInfo(stand(), answer.body['access_token'] ?? '')).toEqual({ sub: user })
  })

  test('oidcc-userinfo-post-header: the token in a header, by POST', async () => {
    const { party, browser, user } = await ready(bench)
    const { access_token: token = '' } = (await flow(bench, party, browser)).answer.body
    const init = { method: 'POST', headers: { authorization: `Bearer ${token}` } }
    expect(await readUserInfo(stand(), token, init)).toEqual({ sub: user })
  })

  test('oidcc-userinfo-post-body: the token in a form', async () => {
    const { party, browser, user } = await ready(bench)
    const { access_token: token = '' } = (await flow(bench, party, browser)).answer.body
    const init = { method: 'POST', headers: {}, body: new URLSearchParams({ access_token: token }) }
    expect(await readUserInfo(stand(), token, init)).toEqual({ sub: user })
  })

  test('oidcc-ensure-request-without-nonce-succeeds-for-code-flow: there is a code, and no nonce in the token', async () => {
    const { party, browser } = await ready(bench)
    expect((await flow(bench, party, browser, { nonce: '' })).claims).not.toHaveProperty('nonce')
  })
}

/** Those that are about how a code is asked for, comes and is redeemed. */
export function codeModules(bench: Bench): void {
  const { stand } = bench

  test('oidcc-codereuse: a second use right after the first', async () => {
    const { party, browser } = await ready(bench)
    const { form } = await flow(bench, party, browser)
    expectInvalidGrant(await postToken(stand(), party, form))
  })

  test('oidcc-codereuse-30seconds: a second use half a minute later, which ends what the first one gave', async () => {
    const { party, browser } = await ready(bench)
    const { form, answer } = await flow(bench, party, browser)
    bench.world().pass(30_000)
    const opens = () =>
      fetch(`${stand().at}/oidc/userinfo`, { headers: { authorization: `Bearer ${answer.body['access_token']}` } }).then(
        ({ status }) => status,
      )
    expect(await opens()).toBe(200)
    expectInvalidGrant(await postToken(stand(), party, form))
    expect(await opens()).toBe(401)
  })

  test('oidcc-ensure-registered-redirect-uri: a page of ours, and no way to where nobody registered', async () => {
    const { party, browser } = await ready(bench)
    const stop = await browser.open((await ask(bench, party, { redirect_uri: `${CALLBACK}/${crypto.randomUUID()}` })).url)
    expect([stop.status, stop.trail]).toEqual([400, []])
    expect(stop.text).toContain('invalid_redirect_uri')
    expect(stop.text).not.toContain(CALLBACK)
  })

  test('oidcc-ensure-post-request-succeeds: the request in a form', async () => {
    const { party, browser } = await ready(bench)
    const request = await ask(bench, party)
    await finish(bench, party, request, await browser.open('/oidc/authorize', { method: 'POST', body: request.url.searchParams }))
  })

  test('oidcc-server-client-secret-post: the secret in the form of the code', async () => {
    const { browser } = await ready(bench)
    const party = await newParty(stand(), { authentication: { method: 'client_secret_post' } })
    const request = await ask(bench, party)
    const form = formOf(bench, request, await browser.open(request.url))
    expect((await redeemByForm(bench, { ...party, secret: 'guessed' }, form)).body['error']).toBe('invalid_client')
    await checkTokens(stand(), party, request, await redeemByForm(bench, party, form))
  })

  test('oidcc-refresh-token: renewed, with the same said of the person; and good at no other client', async () => {
    expect((await discover(stand()))['grant_types_supported']).toContain('refresh_token')
    const { browser } = await ready(bench)
    const [one, two] = [await newParty(stand(), { refreshTokens: true }), await newParty(stand(), { refreshTokens: true })]
    await renew(bench, one, browser, { scope: 'openid offline_access' })
    const later = await renew(bench, two, browser, {})
    expectInvalidGrant(await postToken(stand(), one, { grant_type: 'refresh_token', refresh_token: later }))
  })

  test('oidcc-ensure-request-with-valid-pkce-succeeds: S256, and the verifier with the code', async () => {
    const { request } = await flowFromThePage(bench, await newParty(stand()))
    expect(request.url.searchParams.get('code_challenge_method')).toBe('S256')
  })
}

/** As `client_secret_post`: the secret stands beside the code. */
async function redeemByForm({ stand }: Bench, { clientId, secret = '' }: Party, form: Record<string, string>): Promise<TokenAnswer> {
  const body = new URLSearchParams({ ...form, client_id: clientId, client_secret: secret })
  const response = await fetch(`${stand().at}/oidc/token`, { method: 'POST', body })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, string> }
}

/** Draws a refresh token and renews by it. @returns the refresh token that came of that */
async function renew(bench: Bench, party: Party, browser: Browser, narrowed: Extra): Promise<string> {
  const first = await flow(bench, party, browser, { scope: 'openid offline_access', prompt: 'consent' })
  const { access_token: access, refresh_token: refresh = '' } = first.answer.body
  expect(refresh).toMatch(/^[\x20-\x7e]{16,}$/)
  const form = { grant_type: 'refresh_token', refresh_token: refresh, ...narrowed }
  const renewed = await aSecondLater(() => postToken(bench.stand(), party, form))
  const claims = await checkTokens(bench.stand(), party, first.request, renewed)
  for (const name of ['iss', 'sub', 'aud', 'azp', 'auth_time']) expect(claims[name]).toEqual(first.claims[name])
  expect(claims.iat).toBeGreaterThan(first.claims.iat ?? 0)
  expect(renewed.body['access_token']).not.toBe(access)
  expect(entropyOf(renewed.body['refresh_token'] ?? '')).toBeGreaterThan(96)
  return renewed.body['refresh_token'] ?? ''
}

/** The library signs by the clock of the machine: it is set on for as long as `act` takes. */
async function aSecondLater<T>(act: () => Promise<T>): Promise<T> {
  vi.setSystemTime(Date.now() + 1000)
  try {
    return await act()
  } finally {
    vi.useRealTimers()
  }
}
