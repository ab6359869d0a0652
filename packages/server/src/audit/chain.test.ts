import { sql } from 'kysely'
import { beforeEach, expect, test } from 'vitest'
import { BROWSER, makePerson, onBothEngines, type World } from '../../test/world.ts'
import { INSIDE } from '../context.ts'
import { checkpointOf, parseCheckpoint } from './checkpoint.ts'
import { pruneBlocks } from './prune-blocks.ts'
import { recentActivity } from './recent-activity.ts'
import { record } from './record.ts'
import { SEALED_AT_ONCE, sealBlocks } from './seal-blocks.ts'
import { claimUnsealed, isAnyUnsealed, lastBlock } from './store.ts'
import { verifyChain } from './verify-chain.ts'

onBothEngines('audit', (world, engine) => {
  const put = (in_: World, outcome = 'accepted', by = INSIDE) =>
    in_.db.transaction((tx) =>
      record(in_, tx, { at: in_.now(), action: 'tokens.validate-code', outcome, subject: undefined, object: 'tkn_x', by }),
    )
  const change = (query: ReturnType<typeof sql>) => world().db.transaction((tx) => query.execute(tx))
  const flaw = async (...parameters: Parameters<typeof verifyChain> extends [unknown, ...infer Rest] ? Rest : never) => {
    const verified = await verifyChain(world(), ...parameters)
    return verified.whole ? undefined : verified.flaw
  }
  const newest = async () => {
    const block = await lastBlock(world().db.read)
    if (block === undefined) throw new Error('no block')
    return block
  }

  /** Three blocks of three events. */
  beforeEach(async () => {
    await change(sql`delete from audit_events`)
    await change(sql`delete from audit_blocks`)
    await change(sql`delete from facts`)
    for (let block = 0; block < 3; block += 1) {
      for (let event = 0; event < 3; event += 1) await put(world())
      world().pass(1_000)
      await sealBlocks(world())
    }
  })

  test('nothing altered: whole', async () => {
    const other = await world().another()
    expect(await verifyChain(other)).toMatchObject({ whole: true, blocks: 3, events: 9, unsealed: 0, checkpoint: { block: 3 } })
  })

  const second = sql`(select first_event + 1 from audit_blocks where number = 2)`
  test.each([
    ['realm_id', sql`'other'`],
    ['at', sql`at + 1`],
    ['action', sql`'tokens.other'`],
    ['outcome', sql`'refused'`],
    ['subject', sql`'usr_x'`],
    ['actor', sql`'usr_x'`],
    ['object', sql`null`],
    ['door', sql`'web'`],
    ['request', sql`'req_x'`],
    ['sealed_origin', engine === 'sqlite' ? sql`x'00'` : sql`'\\x00'::bytea`],
    ['block', sql`3`],
    ['block', sql`1`],
    ['block', sql`null`],
    ['block', sql`99`],
    ...(engine === 'sqlite' ? ([['id', sql`id + 1000`]] as const) : []),
  ] as const)('an event whose %s was altered is found', async (column, value) => {
    await change(sql`update audit_events set ${sql.ref(column)} = ${value} where id = ${second}`)
    expect(await flaw()).toMatch(/^(events-|block-missing)/)
  })

  test.each([
    ['number', sql`7`],
    ['realm_id', sql`'other'`],
    ['first_event', sql`first_event + 1`],
    ['last_event', sql`last_event + 1`],
    ['events', sql`events + 1`],
    ['events', sql`1000000000`],
    ['events', sql`0`],
    ['previous_hash', sql`hash`],
    ['hash', sql`previous_hash`],
    ['signature', sql`'AAAA'`],
    ['key_id', sql`'other'`],
    ['sealed_at', sql`sealed_at + 1`],
  ] as const)('a block whose %s was altered is found', async (column, value) => {
    await change(sql`update audit_blocks set ${sql.ref(column)} = ${value} where number = 2`)
    expect(await flaw()).toBeDefined()
  })

  test.each([
    ['first', sql`(select min(id) from audit_events)`],
    ['middle', second],
    ['last', sql`(select max(id) from audit_events)`],
  ] as const)('a deleted event is found: the %s', async (_, id) => {
    await change(sql`delete from audit_events where id = ${id}`)
    expect(await flaw()).toBe('events-missing')
  })

  test('an event that was put into a sealed block is found', async () => {
    await change(sql`insert into audit_events (at, action, outcome, block) values (1, 'a.b', 'c', 3)`)
    expect(await flaw()).toBe('events-added')
  })

  test.each([1, 2, 3])('a deleted block is found: %i', async (number) => {
    await change(sql`delete from audit_blocks where number = ${number}`)
    expect(await flaw()).toBe('block-missing')
  })

  test('two events that changed places are found', async () => {
    await change(sql`update audit_events set outcome = 'wrong-code' where id = ${second}`)
    const { id } = await world()
      .db.read.selectFrom('audit_events')
      .select('id')
      .where('outcome', '=', 'wrong-code')
      .executeTakeFirstOrThrow()
    await change(sql`update audit_events set outcome = 'accepted' where id = ${id}`)
    expect(await flaw()).toBeUndefined()
    await put(world(), 'wrong-code')
    await put(world(), 'replayed')
    await sealBlocks(world())
    await change(
      sql`update audit_events set outcome = case outcome when 'replayed' then 'wrong-code' else 'replayed' end where outcome in ('replayed', 'wrong-code')`,
    )
    expect(await flaw()).toBe('events-altered')
  })

  test('two blocks that changed places are found', async () => {
    await change(sql`update audit_blocks set number = -2 where number = 2`)
    await change(sql`update audit_blocks set number = 2 where number = 3`)
    await change(sql`update audit_blocks set number = 3 where number = -2`)
    expect(await flaw()).toBe('chain-broken')
  })

  test('an end that was cut off is found against a checkpoint', async () => {
    const checkpoint = checkpointOf(await newest())
    await change(sql`delete from audit_events where block = 3`)
    await change(sql`delete from audit_blocks where number = 3`)
    expect(await flaw()).toBeUndefined()
    expect(await flaw(checkpoint)).toBe('truncated')
    await put(world(), 'other')
    await sealBlocks(world())
    expect(await flaw(checkpoint)).toBe('differs-from-checkpoint')
  })

  test('a log that was emptied is found against a checkpoint', async () => {
    const checkpoint = checkpointOf(await newest())
    await change(sql`delete from audit_events`)
    await change(sql`delete from audit_blocks`)
    expect(await flaw(checkpoint)).toBe('truncated')
  })

  test('a checkpoint that nobody signed is none', async () => {
    const checkpoint = checkpointOf(await newest())
    expect(parseCheckpoint(JSON.stringify(checkpoint))).toEqual(checkpoint)
    expect(parseCheckpoint('{}')).toBeUndefined()
    expect(parseCheckpoint('')).toBeUndefined()
    expect(await flaw({ ...checkpoint, hash: 'AAAA' })).toBe('checkpoint-forged')
    expect(await flaw({ ...checkpoint, keyId: 'other' })).toBe('checkpoint-forged')
    expect(await flaw(checkpoint)).toBeUndefined()
  })

  test('whoever writes the database cannot sign: a key of theirs beside the sealed one changes nothing', async () => {
    await change(sql`update signing_keys set public_jwk = '{}' where ${sql.ref('use')} = 'audit'`)
    expect(await flaw()).toBeUndefined()
  })

  test('instances that seal at once leave one chain, with every event in it', async () => {
    const others = [await world().another(), await world().another()]
    const everyone = [world(), ...others]
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(everyone.flatMap((one) => [put(one), sealBlocks(one), put(one), sealBlocks(one)]))
    }
    await sealBlocks(world())
    expect(await verifyChain(world())).toMatchObject({ whole: true, events: 39, unsealed: 0 })
  })

  test('an event that is committed late lands in a later block', async () => {
    // An id may be given long before its commit: here, its event appears below ids that are sealed already.
    const id = 1_000_000 + (await newest()).last_event
    const overriding = engine === 'postgres' ? sql`overriding system value` : sql``
    const late = (place: number) =>
      change(sql`insert into audit_events (id, at, action, outcome) ${overriding} values (${place}, 1, 'a.b', 'late')`)
    await late(id)
    await sealBlocks(world())
    await late(id - 1)
    await sealBlocks(world())
    expect(await verifyChain(world())).toMatchObject({ whole: true, blocks: 5, events: 11 })
  })

  test('what comes while the last block is made is for the next time: under load each would be a small block', async () => {
    const before = (await lastBlock(world().db.read))?.number ?? 0
    await put(world())
    let sealing = true
    const sealed = sealBlocks(world()).finally(() => (sealing = false))
    const goOn = async () => {
      for (let more = 0; sealing && more < 20; more += 1) await put(world())
    }
    await Promise.all([sealed, goOn(), goOn(), goOn(), goOn(), goOn(), goOn()])
    expect((await newest()).number).toBe(before + 1)
  })

  test('more events than a block holds become several', async () => {
    const rows = sql.join(Array.from({ length: 100 }, () => sql`(1, 'a.b', 'c')`))
    for (let round = 0; round < 11; round += 1) await change(sql`insert into audit_events (at, action, outcome) values ${rows}`)
    expect(await sealBlocks(world())).toBe(1_100)
    expect((await newest()).events).toBe(1_100 % SEALED_AT_ONCE)
    expect(await verifyChain(world())).toMatchObject({ whole: true, blocks: 3 + Math.ceil(1_100 / SEALED_AT_ONCE), events: 1_109 })
  })

  // The embedded database has no such statistics.
  if (engine === 'postgres')
    test.each([
      ['none', ['sealed', 'counted', 'unsealed']],
      ['many', ['sealed', 'unsealed', 'counted']],
    ] as const)('where the database last counted %s that were unsealed, few rows are read to seal some', async (_, order) => {
      const taken = 100
      const put = (count: number, block: number | null) =>
        sql`insert into audit_events (at, action, outcome, block) select 0, 'a.b', 'accepted', ${block}::bigint from generate_series(1, ${count}::int)`
      const steps = { sealed: put(20_000, 1), unsealed: put(3_000, null), counted: sql`analyze audit_events` }
      const fetched = sql<{ count: number }>`
      select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as count from pg_stat_xact_user_tables where relname = 'audit_events'`
      const undone = new Error('undone')
      const counted = world().db.transaction(async (tx) => {
        for (const step of order) await steps[step].execute(tx)
        const before = (await fetched.execute(tx)).rows[0]?.count ?? 0
        expect(await isAnyUnsealed(tx)).toBe(true)
        expect(await claimUnsealed(tx, 4, taken)).toHaveLength(taken)
        expect(((await fetched.execute(tx)).rows[0]?.count ?? 0) - before).toBeLessThanOrEqual(3 * taken)
        throw undone
      })
      await expect(counted).rejects.toBe(undone)
    })

  test('a pruned chain is whole behind its statement, and only so', async () => {
    const checkpoint = checkpointOf(await newest())
    const [first] = await world().db.read.selectFrom('audit_blocks').selectAll().orderBy('number').execute()
    expect(await pruneBlocks(world(), INSIDE, (await newest()).sealed_at)).toBe(6)
    await sealBlocks(world())
    expect(await verifyChain(world(), checkpoint)).toMatchObject({ whole: true, blocks: 2, events: 4 })
    expect(await flaw(first === undefined ? checkpoint : checkpointOf(first))).toBe('checkpoint-pruned')
    const { value } = await world().db.read.selectFrom('facts').selectAll().where('name', '=', 'audit-pruned').executeTakeFirstOrThrow()
    await change(sql`delete from facts where name = 'audit-pruned'`)
    expect(await flaw()).toBe('block-missing')
    // A checkpoint's signature is no statement about pruning.
    const forged = JSON.stringify({ ...JSON.parse(value), signature: checkpoint.signature })
    await change(sql`insert into facts (name, value) values ('audit-pruned', ${forged})`)
    expect(await flaw()).toBe('beginning-forged')
  })

  test('pruning everything keeps the newest block', async () => {
    await pruneBlocks(world(), INSIDE, world().now() + 1_000_000)
    expect(await verifyChain(world())).toMatchObject({ whole: true, blocks: 1, events: 3, unsealed: 1 })
  })

  test('without its person key an origin is gone, and the chain is whole', async () => {
    const user = await makePerson(world())
    await world().db.transaction((tx) =>
      record(world(), tx, { at: world().now(), action: 'sign-in.finish', outcome: 'signed-in', subject: user, by: BROWSER }),
    )
    await sealBlocks(world())
    const origin = { address: BROWSER.address, browser: BROWSER.browser }
    expect(await recentActivity(world(), user, 5)).toMatchObject([{ action: 'sign-in.finish', outcome: 'signed-in', door: 'web', origin }])
    await world().db.transaction((tx) => tx.deleteFrom('audit_person_keys').where('user_id', '=', user).execute())
    expect(await recentActivity(world(), user, 5)).toMatchObject([{ action: 'sign-in.finish', origin: undefined }])
    expect(await flaw()).toBeUndefined()
  })

  test('what happened to others is nobody else’s activity, and the newest comes first', async () => {
    const alice = await makePerson(world())
    const bob = await makePerson(world())
    for (const subject of [alice, bob, alice]) {
      world().pass(1)
      await world().db.transaction((tx) => record(world(), tx, { at: world().now(), action: 'a.b', outcome: subject, subject, by: INSIDE }))
    }
    const activity = await recentActivity(world(), alice, 5)
    expect(activity.map(({ outcome }) => outcome)).toEqual([alice, alice])
    expect(activity[0]?.at).toBeGreaterThan(activity[1]?.at ?? 0)
    expect((await recentActivity(world(), alice, 1)).length).toBe(1)
  })
})

onBothEngines('an audit log that is pruned while it is read', (world) => {
  test('is whole', async () => {
    const event = { action: 'test.prune', outcome: 'made', subject: undefined, by: INSIDE }
    for (let number = 0; number < 450; number += 1) {
      world().pass(1000)
      await world().db.transaction((tx) => record(world(), tx, { at: world().now(), ...event }))
      await sealBlocks(world())
    }
    const other = await world().another()
    for (const left of [400, 300, 200, 100, 10]) {
      const [verified] = await Promise.all([
        verifyChain(world()),
        pruneBlocks(other, INSIDE, world().now() - left * 1000),
        verifyChain(other),
      ])
      expect(verified).toMatchObject({ whole: true })
    }
  })
})
