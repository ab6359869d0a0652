import { sql } from 'kysely'
import { fetchUserInfo, refreshTokenGrant, tokenRevocation } from 'openid-client'
import { expect, test } from 'vitest'
import { BROWSER, onBothEngines } from '../../../test/world.ts'
import type { Database } from '../../db/database.ts'
import { suspendUser } from '../../users/suspend-user.ts'
import type { Browser } from './test/browser.ts'
import {
  authorize,
  CALLBACK,
  errorOf,
  newParty,
  type Party,
  postToken,
  redeem,
  requestOf,
  signIn,
  signOutAt,
  standOf,
} from './test/stand.ts'

const HOUR = 3_600_000
const AT_ONCE = 200
const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }

/** Each holds its connection for a second, and those who wait for one meanwhile may get none. */
async function deadlocks({ read }: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`select deadlocks as count from pg_stat_database where datname = current_database()`.execute(
    read,
  )
  return rows[0]?.count ?? 0
}

onBothEngines('codes and tokens', (world) => {
  const stand = standOf(world)

  async function drawCode(party: Party, browser: Browser, extra: Readonly<Record<string, string>> = {}) {
    const request = await requestOf(party, extra)
    const { url } = await browser.open(request.url)
    const form = { grant_type: 'authorization_code', redirect_uri: CALLBACK, code: url.searchParams.get('code') ?? '' }
    return { ...form, code_verifier: request.verifier }
  }
  const opens = (access_token: string) =>
    fetch(`${stand().at}/oidc/userinfo`, { headers: { authorization: `Bearer ${access_token}` } }).then(({ status }) => status)

  test('a code raced by 200 is redeemed once, and what it gave is worth nothing then', async () => {
    const party = await newParty(stand(), { refreshTokens: true })
    const { browser } = await signIn(stand(), world())
    const form = await drawCode(party, browser, OFFLINE)
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => postToken(stand(), party, form)))
    const redeemed = answers.filter(({ status }) => status === 200)
    expect(redeemed.length).toBe(1)
    for (const { status, body } of answers) if (status !== 200) expect([status, body['error']]).toEqual([400, 'invalid_grant'])
    const [won] = redeemed
    expect(await opens(won?.body['access_token'] ?? '')).toBe(401)
    const refresh = { grant_type: 'refresh_token', refresh_token: won?.body['refresh_token'] ?? '' }
    expect((await postToken(stand(), party, refresh)).body['error']).toBe('invalid_grant')
    // The person is not signed out by that: the next code is as good as any.
    expect((await postToken(stand(), party, await drawCode(party, browser))).status).toBe(200)
  })

  test('a code that comes a second time ends what it gave the first time', async () => {
    const party = await newParty(stand())
    const { browser } = await signIn(stand(), world())
    const form = await drawCode(party, browser)
    const first = await postToken(stand(), party, form)
    expect(await opens(first.body['access_token'] ?? '')).toBe(200)
    expect((await postToken(stand(), party, form)).body['error']).toBe('invalid_grant')
    expect(await opens(first.body['access_token'] ?? '')).toBe(401)
  })

  test('a code is worth nothing at another client, at another address, or later', async () => {
    const party = await newParty(stand())
    const other = await newParty(stand())
    const { browser } = await signIn(stand(), world())
    const form = await drawCode(party, browser)
    expect((await postToken(stand(), other, form)).body['error']).toBe('invalid_grant')
    expect((await postToken(stand(), party, { ...form, redirect_uri: `${CALLBACK}/` })).body['error']).toBe('invalid_grant')
    expect((await postToken(stand(), { ...party, secret: 'guessed' }, form)).body['error']).toBe('invalid_client')
    world().pass(60_000)
    expect((await postToken(stand(), party, form)).body['error']).toBe('invalid_grant')
  })

  test('PKCE: missing, plain and wrong are refused', async () => {
    const party = await newParty(stand())
    const { browser } = await signIn(stand(), world())
    expect(await errorOf(party, browser, { code_challenge: '', code_challenge_method: '' })).toBe('invalid_request')
    expect(await errorOf(party, browser, { code_challenge_method: 'plain' })).toBe('invalid_request')
    expect(await errorOf(party, browser, { code_challenge_method: '' })).toBe('invalid_request')
    const { code_verifier: verifier, ...form } = await drawCode(party, browser)
    expect((await postToken(stand(), party, form)).body['error']).toBe('invalid_grant')
    expect((await postToken(stand(), party, { ...form, code_verifier: 'a'.repeat(43) })).body['error']).toBe('invalid_grant')
    expect((await postToken(stand(), party, { ...form, code_verifier: 'short' })).body['error']).toBe('invalid_request')
    expect((await postToken(stand(), party, { ...form, code_verifier: verifier })).status).toBe(200)
  })

  test('tokens that are cut, longer, or written otherwise are refused', async () => {
    const party = await newParty(stand())
    const { browser } = await signIn(stand(), world())
    const { access_token: token } = await authorize(party, browser)
    expect(await opens(token)).toBe(200)
    for (const other of [
      token.slice(0, -1),
      `${token}A`,
      token.toLowerCase(),
      token.toUpperCase(),
      encodeURIComponent(`${token} `),
      '',
      'x',
    ]) {
      expect(await opens(other)).not.toBe(200)
    }
    const form = await drawCode(party, browser)
    for (const code of [form.code.slice(0, -1), `${form.code}A`, `${form.code} `, form.code.split('').reverse().join('')]) {
      expect((await postToken(stand(), party, { ...form, code })).body['error']).toBe('invalid_grant')
    }
    expect((await postToken(stand(), party, form)).status).toBe(200)
  })

  test('refresh tokens are good once; used twice they end all that came of them', async () => {
    const { browser } = await signIn(stand(), world())
    const race = async ({ party, token }: { party: Party; token: string }) => {
      const form = { grant_type: 'refresh_token', refresh_token: token }
      const answers = await Promise.all(Array.from({ length: 20 }, () => postToken(stand(), party, form)))
      const [renewed, ...more] = answers.filter(({ status }) => status === 200)
      expect([renewed?.status, more.length]).toEqual([200, 0])
      for (const { status, body } of answers) if (status !== 200) expect([status, body['error']]).toEqual([400, 'invalid_grant'])
      const next = { grant_type: 'refresh_token', refresh_token: renewed?.body['refresh_token'] ?? '' }
      expect((await postToken(stand(), party, next)).body['error']).toBe('invalid_grant')
      expect(await opens(renewed?.body['access_token'] ?? '')).toBe(401)
    }
    const drawn = []
    for (let count = 0; count < 10; count += 1) {
      const party = await newParty(stand(), { refreshTokens: true })
      drawn.push({ party, token: (await authorize(party, browser, OFFLINE)).refresh_token ?? '' })
    }
    await Promise.all(drawn.map(race))
    if (world().db.engine === 'postgres') expect(await deadlocks(world().db)).toBe(0)
  })

  test('nothing is good after the session was ended; offline tokens outlive only its running out', async () => {
    const party = await newParty(stand(), { refreshTokens: true })
    const person = await signIn(stand(), world())
    const online = await authorize(party, person.browser)
    const offline = await authorize(party, person.browser, OFFLINE)
    const pending = await drawCode(party, person.browser)
    expect(await opens(online.access_token)).toBe(200)
    await signOutAt(stand(), person)
    expect(await opens(online.access_token)).toBe(401)
    expect(await opens(offline.access_token)).toBe(401)
    expect((await postToken(stand(), party, pending)).body['error']).toBe('invalid_grant')
    await expect(refreshTokenGrant(party.config, offline.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })

    const away = await signIn(stand(), world())
    const plain = await authorize(party, away.browser)
    const kept = await authorize(party, away.browser, OFFLINE)
    await world().db.transaction((tx) =>
      tx
        .updateTable('sessions')
        .set({ last_seen_at: world().now() - HOUR })
        .where('id', '=', away.session)
        .execute(),
    )
    expect(await opens(plain.access_token)).toBe(401)
    const renewed = await refreshTokenGrant(party.config, kept.refresh_token ?? '')
    expect(renewed.claims()?.sub).toBe(away.user)
    expect(await opens(renewed.access_token)).toBe(200)
  })

  test('a person who was suspended gets no token any more, by no way', async () => {
    const party = await newParty(stand(), { refreshTokens: true })
    const person = await signIn(stand(), world())
    const tokens = await authorize(party, person.browser, OFFLINE)
    const pending = await drawCode(party, person.browser)
    // The state alone, without the sessions being ended: each is enough.
    const set = (state: 'suspended' | 'active') =>
      world().db.transaction((tx) => tx.updateTable('users').set({ state }).where('id', '=', person.user).execute())
    await set('suspended')
    expect(await opens(tokens.access_token)).toBe(401)
    expect((await postToken(stand(), party, pending)).body['error']).toBe('invalid_grant')
    await expect(refreshTokenGrant(party.config, tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
    expect(await errorOf(party, person.browser, { prompt: 'none' })).toBe('login_required')
    await set('active')
    expect(await suspendUser(stand().ctx, BROWSER, person.user)).toEqual({ outcome: 'suspended' })
    await set('active')
    expect(await errorOf(party, person.browser, { prompt: 'none' })).toBe('login_required')
    expect(await opens(tokens.access_token)).toBe(401)
  })

  test('a token that was revoked is over', async () => {
    const party = await newParty(stand(), { refreshTokens: true })
    const { browser, user } = await signIn(stand(), world())
    const tokens = await authorize(party, browser, OFFLINE)
    expect((await fetchUserInfo(party.config, tokens.access_token, user)).sub).toBe(user)
    await tokenRevocation(party.config, tokens.refresh_token ?? '')
    expect(await opens(tokens.access_token)).toBe(401)
    await expect(refreshTokenGrant(party.config, tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
    const request = await requestOf(party)
    expect((await redeem(party, request, (await browser.open(request.url)).url)).access_token).toBeTruthy()
  })

  test('no secret stands in the database in clear', async () => {
    const party = await newParty(stand(), { refreshTokens: true })
    const { browser } = await signIn(stand(), world())
    const form = await drawCode(party, browser, OFFLINE)
    const { body } = await postToken(stand(), party, form)
    const secrets = [form.code, body['access_token'], body['refresh_token'], party.secret, browser.cookies.get('latchkey_oidc')?.value]
    const models = await world().db.read.selectFrom('oidc_models').selectAll().execute()
    const parties = await world().db.read.selectFrom('relying_parties').selectAll().execute()
    const all = models.map((row) => JSON.stringify({ ...row, sealed_payload: Buffer.from(row.sealed_payload).toString('latin1') })).join()
    for (const secret of secrets) {
      expect(secret?.length).toBeGreaterThan(15)
      expect(all + JSON.stringify(parties)).not.toContain(secret)
    }
  })
})
