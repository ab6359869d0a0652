import { expect, test } from 'vitest'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import { ensureKeys } from './ensure-keys.ts'
import { listSigningKeys } from './list-signing-keys.ts'
import { openPortalKey, openSigningKeys, signingKeysVersion } from './open-signing-keys.ts'
import { rotateSigningKeys } from './rotate-signing-keys.ts'
import { OVERLAP_MS, PUBLISHED_FIRST_MS } from './rules.ts'
import { sweepSigningKeys } from './sweep.ts'

onBothEngines('signing keys', (world) => {
  const keysOf = async (algorithm: string) =>
    (await listSigningKeys(world())).filter((key) => key.algorithm === algorithm && key.use !== 'portal')
  const inState = async (algorithm: string, state: string) => (await keysOf(algorithm)).find((key) => key.state === state)?.id

  test('instances that start at once agree on one key that signs and one that will', async () => {
    const other = await world().another()
    await Promise.all([ensureKeys(world()), ensureKeys(other), ensureKeys(world())])
    for (const algorithm of ['RS256', 'ES256', 'HS256']) {
      expect((await keysOf(algorithm)).map(({ state }) => state)).toEqual(['current', 'next'])
    }
    expect((await openSigningKeys(world())).tokens).toEqual((await openSigningKeys(other)).tokens)
  })

  test('what signs comes first, and no private part stands in the database in clear', async () => {
    const { tokens } = await openSigningKeys(world())
    expect(tokens.length).toBe(4)
    const rows = await world().db.read.selectFrom('signing_keys').selectAll().execute()
    for (const key of [...tokens, await openPortalKey(world())]) {
      expect(key.d).toBeTypeOf('string')
      for (const row of rows) expect(Buffer.from(row.sealed_key).toString('utf8') + (row.public_jwk ?? '')).not.toContain(key.d)
    }
    const first = (await listSigningKeys(world())).filter(({ use }) => use === 'oidc')
    expect(first.slice(0, 2).map(({ state }) => state)).toEqual(['current', 'current'])
  })

  test('no key signs before it was published for an hour, unless its time has come at once', async () => {
    expect(await rotateSigningKeys(world(), BROWSER)).toEqual({ outcome: 'too-soon' })
    world().pass(PUBLISHED_FIRST_MS)
    const next = await inState('RS256', 'next')
    expect(await rotateSigningKeys(world(), BROWSER)).toEqual({ outcome: 'rotated' })
    expect(await inState('RS256', 'current')).toBe(next)
    expect(await rotateSigningKeys(world(), BROWSER)).toEqual({ outcome: 'too-soon' })
    expect(await rotateSigningKeys(world(), BROWSER, { atOnce: true })).toEqual({ outcome: 'rotated' })
    for (const algorithm of ['RS256', 'ES256', 'HS256']) {
      expect((await keysOf(algorithm)).map(({ state }) => state)).toEqual(['current', 'next', 'retired', 'retired'])
    }
  })

  test('of two instances that rotate at once, one does', async () => {
    world().pass(PUBLISHED_FIRST_MS)
    const other = await world().another()
    const outcomes = await Promise.all([rotateSigningKeys(world(), BROWSER), rotateSigningKeys(other, BROWSER)])
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['rotated', 'too-soon'])
    expect((await keysOf('ES256')).filter(({ state }) => state === 'current').length).toBe(1)
  })

  test('a retired key is there for the overlap, then it is gone, and everybody can tell', async () => {
    const retired = await inState('ES256', 'retired')
    const before = await signingKeysVersion(world())
    expect(before).toBe((await openSigningKeys(world())).version)
    world().pass(OVERLAP_MS - PUBLISHED_FIRST_MS - 1)
    expect((await keysOf('ES256')).map(({ id }) => id)).toContain(retired)
    world().pass(PUBLISHED_FIRST_MS + 1)
    expect((await keysOf('ES256')).map(({ state }) => state)).toEqual(['current', 'next'])
    expect(await signingKeysVersion(world())).not.toBe(before)
    expect(await sweepSigningKeys(world())).toBe(12)
  })
})
