import { expect, test } from 'vitest'
import { makeToken, showCode, wrongCode } from '../../test/device.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../test/world.ts'
import type { Caller } from '../context.ts'
import type { UserId } from '../ids.ts'
import { suspendUser } from '../users/suspend-user.ts'
import { acceptAtOnce } from './accept-at-once.ts'
import { listTokens } from './list-tokens.ts'
import { readReady, takeAll } from './ready-store.ts'
import { validateAtDoor } from './validate-at-door.ts'

const STEP = 30_000
const PROGRAM: Caller = { ...BROWSER, door: 'validate', request: 'req_program', actor: 'key_program' }
let people = 0

onBothEngines('what is accepted at once', (world) => {
  async function makeOwner(): Promise<{ name: string; user: UserId; show: () => string; wrong: () => string }> {
    people += 1
    const name = `owner-${people}`
    const user = await makePerson(world(), name)
    const { device } = await makeToken(world(), user)
    return { name, user, show: () => showCode(device, world().now()), wrong: () => wrongCode(device, world().now()) }
  }
  const take = (of: World, name: string, code: string) => acceptAtOnce(of, { by: PROGRAM, name, code })
  const eventsOf = (user: UserId) =>
    world()
      .db.read.selectFrom('audit_events')
      .select(['action', 'outcome', 'actor', 'object', 'door', 'request'])
      .where('subject', '=', user)
      .where('action', '=', 'tokens.validate-code')
      .execute()

  test('a right code, once; with its event', async () => {
    const owner = await makeOwner()
    const code = owner.show()
    const accepted = await take(world(), owner.name, code)
    expect(accepted).toMatchObject({ outcome: 'accepted', wrongSince: 0 })
    expect(await take(world(), owner.name, code)).toBeUndefined()
    const event = { action: 'tokens.validate-code', outcome: 'accepted', actor: 'key_program', door: 'validate', request: 'req_program' }
    expect(await eventsOf(owner.user)).toEqual([{ ...event, object: accepted?.token }])
    expect((await listTokens(world(), owner.user))[0]?.lastUsedAt).toBe(world().now() - (world().now() % STEP))
  })

  test('nothing else, and without a trace', async () => {
    const owner = await makeOwner()
    const before = await world().db.read.selectFrom('code_guards').selectAll().where('user_id', '=', owner.user).execute()
    expect(await take(world(), owner.name, owner.wrong())).toBeUndefined()
    expect(await take(world(), 'nobody-of-that-name', owner.show())).toBeUndefined()
    expect(await take(world(), '', owner.show())).toBeUndefined()
    expect(await eventsOf(owner.user)).toEqual([])
    expect(await world().db.read.selectFrom('code_guards').selectAll().where('user_id', '=', owner.user).execute()).toEqual(before)
  })

  test.each(['door_failures', 'doors_shut_at', 'door_not_before'] as const)('nobody whose %s is not in order', async (column) => {
    const owner = await makeOwner()
    const value = world().now() + STEP
    await world().db.transaction((tx) =>
      tx
        .updateTable('code_guards')
        .set({ [column]: column === 'door_failures' ? 1 : value })
        .where('user_id', '=', owner.user)
        .execute(),
    )
    expect(await take(world(), owner.name, owner.show())).toBeUndefined()
  })

  test('nobody who is suspended, and no token that is', async () => {
    const [owner, other] = [await makeOwner(), await makeOwner()]
    await suspendUser(world(), BROWSER, owner.user)
    await world().db.transaction((tx) =>
      tx.updateTable('authenticators').set({ state: 'suspended' }).where('user_id', '=', other.user).execute(),
    )
    expect(await take(world(), owner.name, owner.show())).toBeUndefined()
    expect(await take(world(), other.name, other.show())).toBeUndefined()
  })

  test('of one code, 200 times at once from two instances, one', async () => {
    const owner = await makeOwner()
    const instances = [world(), await world().another()]
    const code = owner.show()
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, index) => validateAtDoor(instances[index % 2] ?? world(), PROGRAM, owner.name, code)),
    )
    expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1)
    expect((await eventsOf(owner.user)).filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1)
    expect(await eventsOf(owner.user)).toHaveLength(200)
  })

  test('of many people at once, from two instances, each once, and the clock of each is learnt', async () => {
    const owners: Awaited<ReturnType<typeof makeOwner>>[] = []
    while (owners.length < 24) owners.push(await makeOwner())
    const instances = [world(), await world().another()]
    for (const ahead of [1, 1]) {
      world().pass(STEP * 3)
      const codes = owners.map(({ show }) => {
        world().pass(ahead * STEP)
        const code = show()
        world().pass(-ahead * STEP)
        return code
      })
      const outcomes = await Promise.all(
        owners.flatMap(({ name }, index) => instances.map((one) => validateAtDoor(one, PROGRAM, name, codes[index] ?? ''))),
      )
      expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(owners.length)
    }
    const drifts = await world()
      .db.read.selectFrom('soft_tokens')
      .innerJoin('authenticators', 'authenticators.id', 'soft_tokens.token_id')
      .select('drift')
      .where(
        'user_id',
        'in',
        owners.map(({ user }) => user),
      )
      .execute()
    expect(drifts.map(({ drift }) => drift)).toEqual(owners.map(() => 1))
  })

  test('of many codes at once five are judged, and a right one behind them is not', async () => {
    const owner = await makeOwner()
    const right = owner.show()
    const wrong = Array.from({ length: 60 }, (_, number) => String((Number(right) + 1 + number) % 1_000_000).padStart(6, '0'))
    const outcomes = await Promise.all([...wrong, right].map((code) => validateAtDoor(world(), PROGRAM, owner.name, code)))
    expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toEqual([])
    const guard = await world().db.read.selectFrom('code_guards').selectAll().where('user_id', '=', owner.user).executeTakeFirstOrThrow()
    expect(guard.door_failures).toBe(5)
  })

  test('of many codes at once, at two instances, a right one behind many wrong ones is not accepted either', async () => {
    const owner = await makeOwner()
    const other = await world().another()
    const right = owner.show()
    const wrong = Array.from({ length: 80 }, (_, number) => String((Number(right) + 500 + number) % 1_000_000).padStart(6, '0'))
    const outcomes = await Promise.all(
      [...wrong, right, right].map((code, number) => validateAtDoor(number % 2 ? other : world(), PROGRAM, owner.name, code)),
    )
    expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toEqual([])
  })

  test('what was read is taken only while it is so', async () => {
    const owner = await makeOwner()
    const at = world().now()
    const [read] = (await readReady(world(), [owner.name], at)).get(owner.name) ?? []
    if (read === undefined) throw new Error('a key set was expected')
    const clock = { drift: read.drift, lean: read.lean }
    const taking = { by: PROGRAM, user: owner.user, token: read.token_id, set: read.set_id, was: clock, learnt: clock }
    const takeStep = async (step: number, more = {}) => (await takeAll(world(), [{ ...taking, step, ...more }], at)).size
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
    expect((await eventsOf(owner.user)).map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted'])
  })
})
