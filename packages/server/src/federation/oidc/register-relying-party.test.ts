import { afterAll, beforeAll, expect, test } from 'vitest'
import { BROWSER, onBothEngines } from '../../../test/world.ts'
import { ensurePortal } from './ensure-portal.ts'
import { type RelyingPartyWish, registerRelyingParty } from './register-relying-party.ts'
import { PORTAL } from './rules.ts'
import { PUBLIC_KEY as KEY, openStand, type Stand } from './test/stand.ts'

const WISH: RelyingPartyWish = {
  clientId: 'app',
  name: 'An application',
  redirectUris: ['https://app.example.test/callback'],
  postLogoutRedirectUris: [],
  authentication: { method: 'client_secret_basic' },
}

onBothEngines('registering a relying party', (world) => {
  let opened: Stand | undefined
  beforeAll(async () => {
    opened = await openStand(world())
  })
  afterAll(() => opened?.close())
  const register = (wish: Partial<RelyingPartyWish>) => registerRelyingParty(world(), BROWSER, { ...WISH, ...wish })

  test.each([
    'http://app.example.test/callback',
    'https://*.example.test/callback',
    'https://app.example.test/*',
    'https://app.example.test/#x',
    'https://eve@app.example.test/',
    'javascript:alert(1)',
    'com.example.app:/callback',
    'data:text/html,x',
    '//app.example.test/',
    'callback',
    '',
  ])('%j is no address to send codes or people to', async (uri) => {
    expect(await register({ redirectUris: [uri] })).toEqual({ outcome: 'refused', setting: 'redirectUris' })
    expect(await register({ postLogoutRedirectUris: [uri] })).toEqual({ outcome: 'refused', setting: 'postLogoutRedirectUris' })
    expect(await register({ backChannelLogoutUri: uri })).toEqual({ outcome: 'refused', setting: 'backChannelLogoutUri' })
  })

  test.each(['https://169.254.169.254/', 'https://10.0.0.1/out', 'https://[fd00::1]/'])('%s is not told of logouts', async (uri) => {
    expect(await register({ backChannelLogoutUri: uri })).toEqual({ outcome: 'refused', setting: 'backChannelLogoutUri' })
  })

  test('what would put a secret key here, or names nobody, is refused', async () => {
    const keys = (key: object) => ({ authentication: { method: 'private_key_jwt' as const, keys: [{ ...KEY, ...key }] } })
    expect(await register(keys({ d: 'AAAA' }))).toEqual({ outcome: 'refused', setting: 'authentication' })
    expect(await register(keys({ k: 'AAAA' }))).toEqual({ outcome: 'refused', setting: 'authentication' })
    expect(await register({ authentication: { method: 'private_key_jwt', keys: [] } })).toEqual({
      outcome: 'refused',
      setting: 'authentication',
    })
    for (const clientId of ['', PORTAL, 'a b', 'a\n', 'ä', 'a'.repeat(101)]) {
      expect(await register({ clientId })).toEqual({ outcome: 'refused', setting: 'clientId' })
    }
    for (const name of ['', ' ', 'a'.repeat(101), 'a\u001B[31mred', 'a\u202Eb', 'a\nb']) {
      expect(await register({ name })).toEqual({ outcome: 'refused', setting: 'name' })
    }
    expect(await register({ redirectUris: [] })).toEqual({ outcome: 'refused', setting: 'redirectUris' })
    expect(await world().db.read.selectFrom('relying_parties').selectAll().execute()).toEqual([])
  })

  test('a name is given once, its secret is shown once and kept sealed', async () => {
    const registered = await register({ redirectUris: ['http://127.0.0.1:7000/callback'] })
    if (registered.outcome !== 'registered') throw new Error(registered.outcome)
    expect(registered.clientSecret).toMatch(/^[\w-]{43}$/)
    expect(await register({ name: 'Somebody else' })).toEqual({ outcome: 'name-taken' })
    const [row] = await world().db.read.selectFrom('relying_parties').selectAll().execute()
    expect(row?.name).toBe('An application')
    expect(row?.metadata).not.toContain(registered.clientSecret)
    expect(Buffer.from(row?.sealed_secret ?? []).toString('latin1')).not.toContain(registered.clientSecret)
    expect(row?.sealed_secret?.length).toBeGreaterThan(43)
  })

  test('the portal is registered again at each start, with the address of now', async () => {
    await ensurePortal(world(), { publicUrl: 'http://localhost:8082' })
    await ensurePortal(world(), { publicUrl: 'https://portal.example.test' })
    const rows = await world().db.read.selectFrom('relying_parties').selectAll().where('client_id', '=', PORTAL).execute()
    expect(rows.length).toBe(1)
    expect(rows[0]?.name).toBe('Certificates')
    expect(JSON.parse(rows[0]?.metadata ?? '')).toMatchObject({
      redirect_uris: ['https://portal.example.test/callback'],
      post_logout_redirect_uris: ['https://portal.example.test/'],
      backchannel_logout_uri: 'https://portal.example.test/backchannel-logout',
      backchannel_logout_session_required: true,
      token_endpoint_auth_method: 'private_key_jwt',
    })
  })
})
