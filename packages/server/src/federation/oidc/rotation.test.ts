import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BROWSER, onBothEngines } from '../../../test/world.ts'
import { replaceSigningKeys } from '../../signing-keys/replace-signing-keys.ts'
import { rotateSigningKeys } from '../../signing-keys/rotate-signing-keys.ts'
import { OVERLAP_MS, PUBLISHED_FIRST_MS } from '../../signing-keys/rules.ts'
import { authorize, errorOf, newParty, openStand, type Stand, signIn } from './test/stand.ts'

onBothEngines('rotation of signing keys', (world) => {
  let opened: Stand[] = []
  const stands = () => {
    const [one, two] = opened
    if (one === undefined || two === undefined) throw new Error('the stands are there inside tests only')
    return { one, two }
  }
  beforeAll(async () => {
    world().setTime(Date.now())
    const one = await openStand(world())
    // A second instance of the same login origin, on the same database.
    const two = await openStand(await world().another(), one.url)
    opened = [one, two]
  })
  afterAll(async () => {
    for (const stand of opened) await stand.close()
  })

  const kidOf = (token = '') => (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid
  const published = async ({ at }: Stand): Promise<string[]> =>
    ((await (await fetch(`${at}/oidc/jwks`)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)

  test('keys are published before they sign and while they verify, in every instance without a restart; then no more', async () => {
    const { one, two } = stands()
    const party = await newParty(one)
    const person = await signIn(one, world())
    const { id_token: old = '' } = await authorize(party, person.browser)
    const before = await published(two)
    expect(before.length).toBe(4)
    expect(JSON.stringify(await (await fetch(`${one.at}/oidc/jwks`)).json())).not.toMatch(/"(d|p|q|dp|dq|qi)":/)

    world().pass(PUBLISHED_FIRST_MS)
    // The session is still used, and so does not run out.
    expect(await rotateSigningKeys(one.ctx, BROWSER)).toEqual({ outcome: 'rotated' })
    world().pass(1000)
    const again = await signIn(two, world())
    const { id_token: fresh = '' } = await authorize(await newParty(two), again.browser)
    expect(kidOf(fresh)).not.toBe(kidOf(old))
    expect(before).toContain(kidOf(fresh))
    for (const stand of [one, two]) {
      expect(await published(stand)).toEqual(expect.arrayContaining([kidOf(old), kidOf(fresh)]))
      const keys = createRemoteJWKSet(new URL(`${stand.at}/oidc/jwks`))
      await jwtVerify(old, keys)
      await jwtVerify(fresh, keys)
    }
    const hinted = await signIn(two, world(), {}, person.user)
    expect(await errorOf(party, hinted.browser, { prompt: 'none', id_token_hint: old })).toBe(null)

    world().pass(OVERLAP_MS)
    const late = await signIn(two, world(), {}, person.user)
    expect(await published(two)).not.toContain(kidOf(old))
    expect(await published(two)).toContain(kidOf(fresh))
    await expect(jwtVerify(old, createRemoteJWKSet(new URL(`${two.at}/oidc/jwks`)))).rejects.toThrow()
    expect(await errorOf(party, late.browser, { prompt: 'none', id_token_hint: old })).toBe('invalid_request')
  })

  test('keys that leaked verify nothing any more, at any instance, and people sign in with the new ones', async () => {
    const { one, two } = stands()
    const party = await newParty(one)
    const { id_token: old = '' } = await authorize(party, (await signIn(one, world())).browser)
    const before = await published(two)
    await replaceSigningKeys(one.ctx, BROWSER)
    world().pass(1000)
    for (const stand of [one, two]) {
      expect((await published(stand)).filter((kid) => before.includes(kid))).toEqual([])
      await expect(jwtVerify(old, createRemoteJWKSet(new URL(`${stand.at}/oidc/jwks`)))).rejects.toThrow()
    }
    const { id_token: fresh = '' } = await authorize(await newParty(two), (await signIn(two, world())).browser)
    await jwtVerify(fresh, createRemoteJWKSet(new URL(`${one.at}/oidc/jwks`)))
  })
})
