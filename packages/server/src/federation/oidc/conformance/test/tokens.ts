import { createHash } from 'node:crypto'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { expect } from 'vitest'
import type { Party, Request, Stand, TokenAnswer } from '../../test/stand.ts'

/** What a clock may be off by. */
const SKEW_S = 300
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
/** The claims of an ID Token that nobody has to ask for (OpenID Connect Core, 2 and 3.1.3.6). */
const OF_EVERY_TOKEN = ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'azp', 'at_hash', 'sid']
export type Claims = JWTPayload & Readonly<Record<string, unknown>>

export async function discover({ at }: Stand): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${at}/.well-known/openid-configuration`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  return (await response.json()) as Record<string, unknown>
}

/** The keys as they are published: each named, no name twice, and no part of one that is secret. */
export async function publishedKeys({ at }: Stand): Promise<JSONWebKeySet> {
  const jwks = (await (await fetch(`${at}/oidc/jwks`)).json()) as JSONWebKeySet
  const ids = jwks.keys.map(({ kid }) => kid)
  expect(ids.length).toBeGreaterThan(0)
  expect(new Set(ids).size).toBe(ids.length)
  for (const key of jwks.keys) {
    expect(['RSA', 'EC']).toContain(key.kty)
    expect(key.kid).toMatch(/./)
    for (const name of PRIVATE) expect(key).not.toHaveProperty(name)
    for (const part of [key.n, key.e, key.x, key.y]) expect(part ?? 'A').toMatch(/^[\w-]+$/)
  }
  return jwks
}

/** Verifies a token by the one published key that it names. */
export async function verify(stand: Stand, token: string, clientId: string, algorithm = 'RS256') {
  const { alg, kid } = decodeProtectedHeader(token)
  const named = (await publishedKeys(stand)).keys.filter((key) => key.kid === kid)
  expect([alg, named.length]).toEqual([algorithm, 1])
  return jwtVerify<Claims>(token, createLocalJWKSet({ keys: named }), {
    issuer: stand.url,
    audience: clientId,
    algorithms: [algorithm],
    clockTolerance: SKEW_S,
  })
}

/** All that an answer of the token endpoint has to be, and its ID Token, and what the access token opens. @returns the claims of the ID Token */
export async function checkTokens(stand: Stand, party: Party, request: Request, answer: TokenAnswer): Promise<Claims> {
  const { status, headers, body } = answer
  expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^application\/json/)])
  expect(headers.get('cache-control')).toContain('no-store')
  expect(body).toMatchObject({ token_type: expect.stringMatching(/^bearer$/i), access_token: expect.stringMatching(/^[\x20-\x7e]{22,}$/) })
  expect(Number.isInteger(body['expires_in']) && Number(body['expires_in']) > 0).toBe(true)
  const asked = request.url.searchParams
  const claims = await checkIdToken(stand, party, body['id_token'] ?? '', asked.get('nonce') ?? undefined)
  if (asked.has('max_age')) expect(claims).toHaveProperty('auth_time')
  const { at_hash: hash = halfHash(body['access_token']) } = claims
  expect(hash).toBe(halfHash(body['access_token']))
  expect((await readUserInfo(stand, body['access_token'] ?? ''))['sub']).toBe(claims.sub)
  return claims
}

/** Every claim of an ID Token. @param nonce undefined where none was sent, or none is to come back */
async function checkIdToken(stand: Stand, party: Party, token: string, nonce: string | undefined): Promise<Claims> {
  const { payload } = await verify(stand, token, party.clientId)
  const now = Math.floor(stand.ctx.now() / 1000)
  expect(payload).toMatchObject({
    sub: expect.stringMatching(/^[\x21-\x7e]{1,255}$/),
    exp: expect.any(Number),
    iat: expect.any(Number),
    auth_time: expect.any(Number),
    acr: expect.any(String),
    amr: expect.arrayContaining([expect.any(String)]),
  })
  expect([payload.aud, payload['azp'] ?? party.clientId, payload['nonce']]).toEqual([party.clientId, party.clientId, nonce])
  expect(Math.abs((payload.iat ?? 0) - now)).toBeLessThan(SKEW_S)
  expect(payload.exp).toBeGreaterThan(payload.iat ?? 0)
  expect(payload['auth_time']).toBeLessThanOrEqual(now)
  for (const name of Object.keys(payload)) expect(OF_EVERY_TOKEN).toContain(name)
  return payload
}

/** The left half of the hash that RS256 is made with (OpenID Connect Core, 3.1.3.6). */
function halfHash(token = ''): string {
  return createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')
}

const TEXTS = ['sub', 'name', 'preferred_username', 'locale', 'zoneinfo', 'email']

/** Asks the UserInfo endpoint, with the token in a header unless `init` says otherwise, and checks the type of every claim. */
export async function readUserInfo(stand: Stand, token: string, init: RequestInit = {}): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${stand.at}/oidc/userinfo`, { headers: { authorization: `Bearer ${token}` }, ...init })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^application\/json/)])
  const info = (await response.json()) as Record<string, unknown>
  expect(info).toHaveProperty('sub')
  for (const [name, value] of Object.entries(info)) {
    expect([...TEXTS, 'email_verified']).toContain(name)
    expect(typeof value, name).toBe(TEXTS.includes(name) ? 'string' : 'boolean')
  }
  return info
}
