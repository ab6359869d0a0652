import { randomUUID } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { BROWSER, onBothEngines } from '../../../test/world.ts'
import { openPortalKey, openSigningKeys } from '../../signing-keys/open-signing-keys.ts'
import { replaceSigningKeys } from '../../signing-keys/replace-signing-keys.ts'
import { rotateSigningKeys } from '../../signing-keys/rotate-signing-keys.ts'
import { PORTAL_OVERLAP_MS, PUBLISHED_FIRST_MS } from '../../signing-keys/rules.ts'
import { ensurePortal } from './ensure-portal.ts'
import { PORTAL } from './rules.ts'
import { sweepOidc } from './sweep.ts'
import { signIn, standOf } from './test/stand.ts'

const URL_OF_PORTAL = 'http://localhost:8082'
const VERIFIER = 'v'.repeat(43)
const DAY = 86_400_000

onBothEngines('the portal as a client', (world) => {
  const stand = standOf(world)
  beforeAll(() => ensurePortal(world(), { publicUrl: URL_OF_PORTAL }))

  async function assertion(claims: Record<string, unknown> = {}, jwk?: JsonWebKey): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const signing = jwk ?? (await openPortalKey(world()))
    return new SignJWT({ iss: PORTAL, sub: PORTAL, aud: stand().url, jti: randomUUID(), iat: now, exp: now + 60, ...claims })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(await importJWK(signing, 'ES256'))
  }
  async function drawCode(): Promise<string> {
    const { browser } = await signIn(stand(), world())
    const query = new URLSearchParams({
      client_id: PORTAL,
      response_type: 'code',
      redirect_uri: `${URL_OF_PORTAL}/callback`,
      scope: 'openid',
      state: 's',
      nonce: 'n',
      code_challenge_method: 'S256',
      code_challenge: Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(VERIFIER))).toString('base64url'),
    })
    const { url } = await browser.open(`/oidc/authorize?${query}`)
    return url.searchParams.get('code') ?? ''
  }
  async function post(code: string, client_assertion: string) {
    const response = await fetch(`${stand().at}/oidc/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        redirect_uri: `${URL_OF_PORTAL}/callback`,
        code,
        code_verifier: VERIFIER,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion,
      }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }

  test('it signs with its own key and gets a token signed with ES256, with the sid of the session', async () => {
    const { status, body } = await post(await drawCode(), await assertion())
    expect(status).toBe(200)
    const [head = '', claims = ''] = (body['id_token'] ?? '').split('.')
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toMatchObject({ alg: 'ES256' })
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      aud: PORTAL,
      sid: expect.stringMatching(/^[\w-]{43}$/),
    })
  })

  test('a signature for another place, from another time, or used already opens nothing', async () => {
    const code = await drawCode()
    const now = Math.floor(Date.now() / 1000)
    for (const claims of [{ aud: 'https://evil.example' }, { exp: now - 60 }, { iss: 'app' }, { jti: undefined }, { exp: undefined }]) {
      expect((await post(code, await assertion(claims))).body['error']).toBe('invalid_client')
    }
    const once = await assertion()
    const answers = await Promise.all(Array.from({ length: 30 }, () => post('no-such-code', once)))
    expect(answers.filter(({ body }) => body['error'] === 'invalid_grant').length).toBe(1)
    expect(answers.filter(({ body }) => body['error'] === 'invalid_client').length).toBe(29)
  })

  test('what has run out is swept away, and nothing else', async () => {
    const code = await drawCode()
    const count = async () => (await world().db.read.selectFrom('oidc_models').select('id').execute()).length
    const before = await count()
    expect(await sweepOidc(world())).toBe(0)
    expect(await count()).toBe(before)
    expect((await post(code, await assertion())).status).toBe(200)
    world().pass(15 * DAY)
    expect(await sweepOidc(world())).toBeGreaterThan(0)
    expect(await count()).toBe(0)
  })

  test('its key changes with ours, for every instance: the one before is good for a minute, and no other key at all', async () => {
    const before = await openPortalKey(world())
    world().pass(PUBLISHED_FIRST_MS)
    expect(await rotateSigningKeys(world(), BROWSER)).toEqual({ outcome: 'rotated' })
    const after = await openPortalKey(await world().another())
    expect(after.x).not.toBe(before.x)
    // The provider looks for changed keys once in a second.
    world().pass(1000)
    const answerTo = async (key: JsonWebKey) => (await post('no-such-code', await assertion({}, key))).body['error']
    expect([await answerTo(before), await answerTo(after)]).toEqual(['invalid_grant', 'invalid_grant'])
    const { tokens } = await openSigningKeys(world())
    for (const key of tokens.filter(({ kty }) => kty === 'EC')) expect(await answerTo(key)).toBe('invalid_client')
    world().pass(PORTAL_OVERLAP_MS)
    expect([await answerTo(before), await answerTo(after)]).toEqual(['invalid_client', 'invalid_grant'])
    await replaceSigningKeys(world(), BROWSER)
    world().pass(1000)
    expect([await answerTo(after), await answerTo(await openPortalKey(world()))]).toEqual(['invalid_client', 'invalid_grant'])
  })
})
