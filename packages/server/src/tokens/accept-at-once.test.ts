import { expect, test } from 'vitest'
import { makeToken, showCode, wrongCode } from '../../test/device.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../test/world.ts'
import type { Caller } from '../context.ts'
import type { UserId } from '../ids.ts'
import { suspendUser } from '../users/suspend-user.ts'
import { acceptAtOnce } from './accept-at-once.ts'
import { leaveElsewhere } from './elsewhere.ts'
import { listTokens } from './list-tokens.ts'
import { ORDINARY_FAILURES } from './rules.ts'
import { validate, validateAtDoor } from './validate-at-door.ts'

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
    expect((await listTokens(world(), owner.user))[0]?.lastUsedAt).toBeUndefined()
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

  test('a right code after two wrong ones, which are then not in a row any more, and stay counted', async () => {
    const [owner, other] = [await makeOwner(), await makeOwner()]
    for (let wrong = 1; wrong <= 2; wrong += 1) {
      expect(await validateAtDoor(world(), PROGRAM, owner.name, owner.wrong())).toEqual({ outcome: 'wrong-code' })
      expect(await validateAtDoor(world(), PROGRAM, other.name, other.wrong())).toEqual({ outcome: 'wrong-code' })
    }
    expect(await take(world(), owner.name, owner.show())).toMatchObject({ outcome: 'accepted', wrongSince: 2 })
    const guardOf = (user: UserId) =>
      world()
        .db.read.selectFrom('code_guards')
        .innerJoin('authenticators', 'authenticators.user_id', 'code_guards.user_id')
        .select(['door_failures', 'wrong_since_success', 'attempts'])
        .where('code_guards.user_id', '=', user)
        .executeTakeFirstOrThrow()
    expect(await guardOf(owner.user)).toEqual({ door_failures: 0, wrong_since_success: 2, attempts: 0 })
    expect(await guardOf(other.user)).toEqual({ door_failures: 2, wrong_since_success: 2, attempts: 2 })
    const inBudget = await world().db.read.selectFrom('wrong_codes').select('id').where('user_id', '=', owner.user).execute()
    expect(inBudget).toHaveLength(2)
    await validateAtDoor(world(), PROGRAM, other.name, other.wrong())
    expect(await take(world(), other.name, other.show())).toBeUndefined()
  })

  test.each(['door_failures', 'doors_shut_at', 'door_not_before'] as const)('nobody whose %s is not in order', async (column) => {
    const owner = await makeOwner()
    const value = column === 'door_failures' ? ORDINARY_FAILURES + 1 : world().now() + STEP
    await world().db.transaction((tx) =>
      tx
        .updateTable('code_guards')
        .set({ [column]: value })
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

  test('keys that cannot be opened are a failure for their owner alone', async () => {
    const [owner, ...others] = [await makeOwner(), await makeOwner(), await makeOwner()]
    await world().db.transaction(async (tx) => {
      const ids = tx.selectFrom('authenticators').select('id').where('user_id', '=', owner.user)
      await tx
        .updateTable('key_sets')
        .set({ sealed_keys: new Uint8Array(96) })
        .where('token_id', 'in', ids)
        .execute()
    })
    const asked = [owner, ...others].map((one) => validateAtDoor(world(), PROGRAM, one.name, one.show()))
    const [first, ...rest] = await Promise.allSettled(asked)
    expect(first?.status).toBe('rejected')
    expect(rest).toMatchObject(others.map(() => ({ status: 'fulfilled', value: { outcome: 'accepted' } })))
  })

  test('a code waits until the one before it, for the same name, is charged; others do not', async () => {
    const [owner, other] = [await makeOwner(), await makeOwner()]
    const instance = await world().another()
    const goOn = Promise.withResolvers<void>()
    leaveElsewhere(instance.db, async (ask) => {
      if (ask.name === owner.name) await goOn.promise
      return validate(instance, ask)
    })
    const settled: string[] = []
    const ask = ({ name }: { name: string }, code: string) =>
      validateAtDoor(instance, PROGRAM, name, code).then(({ outcome }) => void settled.push(`${name} ${outcome}`))
    const two = [ask(owner, owner.wrong()), ask(owner, owner.show())]
    for (let round = 0; round < 3; round += 1) {
      await ask(other, other.show())
      world().pass(STEP)
    }
    expect(settled).toEqual([`${other.name} accepted`, `${other.name} accepted`, `${other.name} accepted`])
    goOn.resolve()
    await Promise.all(two)
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
})
