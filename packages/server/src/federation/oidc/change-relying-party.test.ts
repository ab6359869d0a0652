import { expect, test } from 'vitest'
import { BROWSER, onBothEngines } from '../../../test/world.ts'
import { changeRelyingParty, type RelyingPartyChange } from './change-relying-party.ts'
import { openClients } from './clients.ts'
import { listRelyingParties } from './list-relying-parties.ts'
import { registerRelyingParty } from './register-relying-party.ts'
import { PORTAL, TWO_FACTORS } from './rules.ts'
import { authorize, CALLBACK, PUBLIC_KEY as KEY, newParty, type Party, postToken, signIn, standOf } from './test/stand.ts'

onBothEngines('changing a relying party', (world) => {
  const stand = standOf(world)
  const change = (clientId: string, what: RelyingPartyChange) => changeRelyingParty(world(), BROWSER, clientId, what)
  const listed = async (clientId: string) => (await listRelyingParties(world())).find((party) => party.clientId === clientId)
  const rowOf = (clientId: string) =>
    world().db.read.selectFrom('relying_parties').selectAll().where('client_id', '=', clientId).executeTakeFirstOrThrow()
  const refresh = (party: Party, token: string | undefined) =>
    postToken(stand(), party, { grant_type: 'refresh_token', refresh_token: token ?? '' })

  test('a new secret is good at once, the one before is not, and what was given stays good', async () => {
    const party = await newParty(stand(), { clientId: 'new-secret', refreshTokens: true })
    const { browser } = await signIn(stand(), world())
    const { refresh_token: given } = await authorize(party, browser, { scope: 'openid offline_access', prompt: 'consent' })
    const changed = await change('new-secret', { newSecret: true })
    if (changed.outcome !== 'changed' || changed.clientSecret === undefined) throw new Error(changed.outcome)
    expect((await refresh(party, given)).body['error']).toBe('invalid_client')
    expect((await refresh({ ...party, secret: changed.clientSecret }, given)).status).toBe(200)
  })

  test('what is named changes, for the next request, and nothing else', async () => {
    const party = await newParty(stand(), { clientId: 'changed', freshnessMs: 60_000 })
    const before = await listed('changed')
    expect(await change('changed', { name: 'Another name', requiredAcr: TWO_FACTORS })).toEqual({
      outcome: 'changed',
      clientSecret: undefined,
    })
    expect(await listed('changed')).toEqual({ ...before, name: 'Another name', requiredAcr: TWO_FACTORS })
    expect(
      await change('changed', { requiredAcr: null, freshnessMs: null, redirectUris: ['https://app.example.test/other'] }),
    ).toMatchObject({
      outcome: 'changed',
    })
    expect(await listed('changed')).toEqual({
      ...before,
      name: 'Another name',
      freshnessMs: undefined,
      redirectUris: ['https://app.example.test/other'],
    })
    const { browser } = await signIn(stand(), world())
    await expect(authorize(party, browser)).rejects.toThrow()
    expect(await change('changed', { redirectUris: [CALLBACK] })).toMatchObject({ outcome: 'changed' })
    expect((await authorize(party, browser)).access_token).toBeTypeOf('string')
  })

  test('what would be refused of a new one is refused, and changes nothing', async () => {
    await newParty(stand(), { clientId: 'kept' })
    const before = await world().db.read.selectFrom('relying_parties').selectAll().where('client_id', '=', 'kept').execute()
    const wrong: [RelyingPartyChange, string][] = [
      [{ name: 'a\nb' }, 'name'],
      [{ redirectUris: [] }, 'redirectUris'],
      [{ redirectUris: ['http://app.example.test/'] }, 'redirectUris'],
      [{ backChannelLogoutUri: 'https://10.0.0.1/out' }, 'backChannelLogoutUri'],
      [{ keys: [KEY] }, 'authentication'],
    ]
    for (const [what, setting] of wrong) expect(await change('kept', what)).toEqual({ outcome: 'refused', setting })
    expect(await world().db.read.selectFrom('relying_parties').selectAll().where('client_id', '=', 'kept').execute()).toEqual(before)
    expect(await change('nobody', { name: 'x' })).toEqual({ outcome: 'no-such-relying-party' })
    expect(await change(PORTAL, { name: 'x' })).toEqual({ outcome: 'is-portal' })
  })

  test('where it was told of logouts is judged when that is named, and stops no other change', async () => {
    await newParty(stand(), { clientId: 'moved' })
    const inside = JSON.stringify({
      ...JSON.parse((await rowOf('moved')).metadata),
      backchannel_logout_uri: 'https://10.0.0.1/out',
    })
    await world().db.transaction((tx) =>
      tx.updateTable('relying_parties').set({ metadata: inside }).where('client_id', '=', 'moved').execute(),
    )
    expect(await change('moved', { newSecret: true })).toMatchObject({ outcome: 'changed' })
    expect((await listed('moved'))?.backChannelLogoutUri).toBe('https://10.0.0.1/out')
    expect(await change('moved', { backChannelLogoutUri: 'https://10.0.0.2/out' })).toMatchObject({ outcome: 'refused' })
    expect(await change('moved', { backChannelLogoutUri: null })).toMatchObject({ outcome: 'changed' })
  })

  test('one with keys of its own gets others, public ones, and no secret', async () => {
    const keys = { method: 'private_key_jwt' as const, keys: [KEY] }
    const wish = { clientId: 'keys', name: 'Keys', redirectUris: [CALLBACK], postLogoutRedirectUris: [], authentication: keys }
    await registerRelyingParty(world(), BROWSER, wish)
    expect(await change('keys', { newSecret: true })).toEqual({ outcome: 'refused', setting: 'authentication' })
    expect(await change('keys', { keys: [{ ...KEY, d: 'AAAA' }] })).toEqual({ outcome: 'refused', setting: 'authentication' })
    expect(await change('keys', { keys: [{ ...KEY, kid: 'b' }] })).toMatchObject({ outcome: 'changed' })
    const row = await world().db.read.selectFrom('relying_parties').select('metadata').where('client_id', '=', 'keys').executeTakeFirst()
    expect(JSON.parse(row?.metadata ?? '')).toMatchObject({ jwks: { keys: [{ kid: 'b' }] } })
  })

  test('of several who change it at the same moment, none undoes what another did', async () => {
    await newParty(stand(), { clientId: 'raced' })
    const other = await world().another()
    const outcomes = await Promise.all([
      change('raced', { freshnessMs: 1000 }),
      changeRelyingParty(other, BROWSER, 'raced', { requiredAcr: TWO_FACTORS }),
      change('raced', { name: 'Raced' }),
      changeRelyingParty(other, BROWSER, 'raced', { postLogoutRedirectUris: ['https://app.example.test/out'] }),
    ])
    const secrets = await Promise.all([world(), other].map((one) => changeRelyingParty(one, BROWSER, 'raced', { newSecret: true })))
    const good = secrets.flatMap((changed) => (changed.outcome === 'changed' ? [changed.clientSecret] : []))
    const found = await openClients(world()).find('raced')
    expect(good).toEqual([found?.client_secret])
    const is = await listed('raced')
    const done = outcomes.map(({ outcome }) => outcome === 'changed')
    expect(done).toContain(true)
    expect([
      is?.freshnessMs === 1000,
      is?.requiredAcr === TWO_FACTORS,
      is?.name === 'Raced',
      is?.postLogoutRedirectUris[0] === 'https://app.example.test/out',
    ]).toEqual(done)
  })
})
