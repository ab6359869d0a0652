import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeToken } from '../../test/device.ts'
import { BROWSER, makePerson, openWorld, type World } from '../../test/world.ts'
import type { Caller } from '../context.ts'
import type { UserId } from '../ids.ts'
import { readReadyOfAll, takeAll } from './ready-store.ts'

const STEP = 30_000
const PROGRAM: Caller = { ...BROWSER, door: 'validate', request: 'req_program', actor: 'key_program' }

// In the embedded database nobody else writes between reading and taking.
describe('what was read on PostgreSQL, and is taken', () => {
  let opened: World
  let people = 0
  beforeAll(async () => {
    opened = await openWorld('postgres')
  })
  afterAll(() => opened?.close())
  const world = (): World => opened

  async function makeOwner(): Promise<{ name: string; user: UserId }> {
    people += 1
    const name = `owner-${people}`
    const user = await makePerson(world(), name)
    await makeToken(world(), user)
    return { name, user }
  }

  /** Where somebody's rows lie now, whatever their state. */
  async function versionsOf(user: UserId) {
    const found = await sql<Record<'user_at' | 'guard_at' | 'authenticator_at' | 'token_at' | 'set_at', string>>`
      select u.ctid as user_at, g.ctid as guard_at, a.ctid as authenticator_at, t.ctid as token_at, s.ctid as set_at
      from users u join code_guards g on g.user_id = u.id join authenticators a on a.user_id = u.id
        join soft_tokens t on t.token_id = a.id join key_sets s on s.token_id = a.id where u.id = ${user}`.execute(world().db.read)
    return found.rows[0] ?? {}
  }

  test('what was read is taken only while it is so', async () => {
    const owner = await makeOwner()
    const at = world().now()
    const [read] = (await readReadyOfAll(world(), [owner.name], at))(owner.name).rows
    if (read === undefined) throw new Error('a key set was expected')
    const clock = { drift: read.drift, lean: read.lean }
    const taking = { by: PROGRAM, user: owner.user, token: read.token_id, set: read.set_id, was: clock, learnt: clock, failures: 0 }
    const takeStep = async (step: number, more = {}) =>
      (await takeAll(world(), [{ ...taking, step, read: await versionsOf(owner.user), ...more }], at)).size
    const set = (table: 'users' | 'authenticators', state: 'active' | 'suspended') =>
      world().db.transaction((tx) =>
        tx
          .updateTable(table)
          .set({ state })
          .where(table === 'users' ? 'id' : 'user_id', '=', owner.user)
          .execute(),
      )
    const step = Math.floor(at / STEP)
    expect(await takeStep(step, { user: 'usr_somebody' })).toBe(0)
    expect(await takeStep(step, { was: { drift: 3, lean: 0 } })).toBe(0)
    expect(await takeStep(step, { failures: 1 })).toBe(0)
    for (const table of ['users', 'authenticators'] as const) {
      await set(table, 'suspended')
      expect(await takeStep(step)).toBe(0)
      await set(table, 'active')
    }
    const keep = (state: 'current' | 'retired') =>
      world().db.transaction((tx) => tx.updateTable('key_sets').set({ state }).where('id', '=', read.set_id).execute())
    await keep('retired')
    expect(await takeStep(step)).toBe(0)
    await keep('current')
    for (const column of ['door_failures', 'doors_shut_at', 'door_not_before'] as const) {
      const guard = (value: number | null) =>
        world().db.transaction((tx) =>
          tx
            .updateTable('code_guards')
            .set({ [column]: value })
            .where('user_id', '=', owner.user)
            .execute(),
        )
      await guard(at + STEP)
      expect([column, await takeStep(step)]).toEqual([column, 0])
      await guard(column === 'doors_shut_at' ? null : 0)
    }
    expect(await takeStep(step)).toBe(1)
    expect(await takeStep(step)).toBe(0)
    expect(await takeStep(step - 1)).toBe(0)
    expect(await takeStep(step + 1)).toBe(1)
    const events = await world()
      .db.read.selectFrom('audit_events')
      .select(['outcome', 'object', 'actor'])
      .where('subject', '=', owner.user)
      .where('action', '=', 'tokens.validate-code')
      .execute()
    const accepted = { outcome: 'accepted', object: read.token_id, actor: 'key_program' }
    expect(events).toEqual([accepted, accepted])
  })

  async function takingsOf({ name, user }: { name: string; user: UserId }) {
    const { rows } = (await readReadyOfAll(world(), [name], world().now()))(name)
    const step = Math.floor(world().now() / STEP)
    return rows.map((read) => {
      const clock = { drift: read.drift, lean: read.lean }
      return { by: PROGRAM, user, token: read.token_id, set: read.set_id, step, was: clock, learnt: clock, failures: 0, read }
    })
  }

  test('a row is taken where it was read, and no other that lies there', async () => {
    const [owner, another] = [await makeOwner(), await makeOwner()]
    await makeToken(world(), owner.user)
    const [[mine, second], [other]] = [await takingsOf(owner), await takingsOf(another)]
    if (mine === undefined || second === undefined || other === undefined) throw new Error('three key sets were expected')
    const take = async (more: Partial<typeof mine>) => (await takeAll(world(), [{ ...mine, ...more }], world().now())).size
    const { user_at = '', guard_at = '', authenticator_at = '', token_at = '', set_at = '' } = other.read
    const mixed: [string, Partial<typeof mine>][] = [
      ['another person', { read: { ...mine.read, user_at } }],
      ["another person's counts", { read: { ...mine.read, guard_at } }],
      ["another person's token", { read: { ...mine.read, authenticator_at } }],
      ["another person's clock", { read: { ...mine.read, token_at } }],
      ["another person's key set", { read: { ...mine.read, set_at } }],
      ['another token', { read: { ...mine.read, authenticator_at: second.read.authenticator_at ?? '' } }],
      ["another token's key set", { set: second.set, read: { ...mine.read, set_at: second.read.set_at ?? '' } }],
      ['a token of somebody else', { user: other.user, read: { ...mine.read, user_at, guard_at } }],
      ['a clock that leans otherwise', { was: { ...mine.was, lean: 1 } }],
      ['a key set by another name', { set: 'kst_something' }],
      ['nothing', { read: { ...mine.read, set_at: '(4000000000,1)' } }],
    ]
    for (const [what, more] of mixed) expect([what, await take(more)]).toEqual([what, 0])
    expect(await take({})).toBe(1)
  })

  test.each(['users', 'code_guards', 'authenticators', 'soft_tokens', 'key_sets'] as const)(
    'nothing is taken where a row of %s was written since it was read',
    async (table) => {
      const owner = await makeOwner()
      const [taking] = await takingsOf(owner)
      if (taking === undefined) throw new Error('a key set was expected')
      const key = table === 'users' ? 'id' : table === 'soft_tokens' || table === 'key_sets' ? 'token_id' : 'user_id'
      const id = key === 'token_id' ? taking.token : owner.user
      await sql`update ${sql.table(table)} set realm_id = realm_id where ${sql.ref(key)} = ${id}`.execute(world().db.read)
      expect((await takeAll(world(), [taking], world().now())).size).toBe(0)
      expect((await takeAll(world(), await takingsOf(owner), world().now())).size).toBe(1)
    },
  )
})
