import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import { drawId } from '../ids.ts'
import { drawKey } from './draw-key.ts'
import { ensureKeys } from './ensure-keys.ts'
import { listSigningKeys } from './list-signing-keys.ts'
import { openPortalKey, openSigningKeys, signingKeysVersion } from './open-signing-keys.ts'
import { replaceSigningKeys } from './replace-signing-keys.ts'
import { rotateSigningKeys } from './rotate-signing-keys.ts'
import { OVERLAP_MS, PUBLISHED_FIRST_MS, SLOTS } from './rules.ts'
import { deleteAll, insertKeys, takeTurn } from './store.ts'
import { sweepSigningKeys } from './sweep.ts'

const ONE_OF_EACH = SLOTS.flatMap(({ use, algorithm }) => [`${use} ${algorithm} current`, `${use} ${algorithm} next`]).toSorted()

onBothEngines('signing keys', (world, engine) => {
  const keysOf = async (algorithm: string) =>
    (await listSigningKeys(world())).filter((key) => key.algorithm === algorithm && key.use !== 'portal')
  const inState = async (algorithm: string, state: string) => (await keysOf(algorithm)).find((key) => key.state === state)?.id

  const states = async () => (await listSigningKeys(world())).map(({ use, algorithm, state }) => `${use} ${algorithm} ${state}`).toSorted()

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

  test('no key signs before it was published for an hour', async () => {
    expect(await rotateSigningKeys(world(), BROWSER)).toEqual({ outcome: 'too-soon' })
    world().pass(PUBLISHED_FIRST_MS)
    const next = await inState('RS256', 'next')
    expect(await rotateSigningKeys(world(), BROWSER)).toEqual({ outcome: 'rotated' })
    expect(await inState('RS256', 'current')).toBe(next)
    expect(await rotateSigningKeys(world(), BROWSER)).toEqual({ outcome: 'too-soon' })
    world().pass(PUBLISHED_FIRST_MS)
    expect(await rotateSigningKeys(world(), BROWSER)).toEqual({ outcome: 'rotated' })
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
    world().pass(OVERLAP_MS - 2 * PUBLISHED_FIRST_MS - 1)
    expect((await keysOf('ES256')).map(({ id }) => id)).toContain(retired)
    world().pass(2 * PUBLISHED_FIRST_MS + 1)
    expect((await keysOf('ES256')).map(({ state }) => state)).toEqual(['current', 'next'])
    expect(await signingKeysVersion(world())).not.toBe(before)
    expect(await sweepSigningKeys(world())).toBe(10)
  })

  test('keys that leaked are gone at once, those too that would have signed', async () => {
    const before = (await listSigningKeys(world())).map(({ id }) => id)
    await replaceSigningKeys(world(), BROWSER)
    expect((await listSigningKeys(world())).filter(({ id }) => before.includes(id))).toEqual([])
    expect(await states()).toEqual(ONE_OF_EACH)
    expect(await rotateSigningKeys(world(), BROWSER)).toEqual({ outcome: 'too-soon' })
  })

  // The embedded database does one thing at a time by itself.
  if (engine === 'postgres')
    test('who replaces keys while another is at it replaces those of the other too', async () => {
      const other = await world().another()
      const waits = () =>
        sql<{ waits: boolean }>`select count(*) > 0 as waits from pg_stat_activity where wait_event_type = 'Lock'
          and datname = current_database()`
          .execute(other.db.read)
          .then(({ rows }) => rows[0]?.waits)
      const fresh = await Promise.all(
        SLOTS.flatMap((slot) =>
          (['current', 'next'] as const).map((state) => drawKey(world(), slot, drawId('key', world().random), state)),
        ),
      )
      let late: Promise<void> | undefined
      await world().db.transaction(async (tx) => {
        await takeTurn(tx)
        await deleteAll(tx)
        await insertKeys(tx, fresh)
        late ??= replaceSigningKeys(other, BROWSER)
        await expect.poll(waits, { timeout: 20_000 }).toBe(true)
      })
      await late
      const ids = (await listSigningKeys(world())).map(({ id }) => id)
      expect(fresh.filter(({ id }) => ids.includes(id))).toEqual([])
      expect(await states()).toEqual(ONE_OF_EACH)
    })
})
