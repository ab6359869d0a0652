import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Device, makeToken, showCode, unlock, wrongCode } from '../../test/device.ts'
import { BROWSER, makePerson, openWorld, type World } from '../../test/world.ts'
import type { Caller } from '../context.ts'
import type { Batch } from '../db/database.ts'
import type { TokenId, UserId } from '../ids.ts'
import { suspendUser } from '../users/suspend-user.ts'
import { answerResetCode } from './answer-reset-code.ts'
import { disableToken } from './disable-token.ts'
import { BUDGET, DOORS_SHUT_IN_A_ROW, HARD_CAP, WARN_AT } from './rules.ts'
import { validate, validateAtDoor } from './validate-at-door.ts'
import { validateCode } from './validate-code.ts'

const STEP = 30_000
const PROGRAM: Caller = { ...BROWSER, door: 'validate', request: 'req_program', actor: 'key_program' }
type Owner = { name: string; user: UserId; token: TokenId; device: Device; right: () => string; wrong: () => string }
let people = 0

// In the embedded database each is validated in a transaction of its own.
describe('codes of the same moment on PostgreSQL', () => {
  let opened: World
  beforeAll(async () => {
    opened = await openWorld('postgres')
  })
  afterAll(() => opened?.close())
  const world = (): World => opened

  async function makeOwner(): Promise<Owner> {
    people += 1
    const name = `of-many-${people}`
    const user = await makePerson(world(), name)
    const { token, device } = await makeToken(world(), user)
    const [right, wrong] = [() => showCode(device, world().now()), () => wrongCode(device, world().now())]
    return { name, user, token, device, right, wrong }
  }
  const ask = (of: World, { name }: { name: string }, code: string) => validateAtDoor(of, PROGRAM, name, code)

  type Counts = { failures?: number; door_failures?: number; door_not_before?: number; doors_shut_at?: number; warned_at?: number }
  const count = ({ user }: Owner, counts: Counts) =>
    world().db.transaction((tx) => tx.updateTable('code_guards').set(counts).where('user_id', '=', user).execute())
  const spend = ({ user }: Owner, wrong: number, at = world().now(), bare: 0 | 1 = 1) =>
    world().db.transaction(async (tx) => {
      const rows = Array.from({ length: wrong }, () => ({ user_id: user, at, bare }))
      await tx.insertInto('wrong_codes').values(rows).execute()
    })
  async function unlocked({ user, token, device }: Owner): Promise<Device> {
    const answer = await answerResetCode(world(), BROWSER, user, token, device.resetCode)
    return unlock(device, answer.outcome === 'unlock-code' ? answer.code : '')
  }

  /** What somebody did before, and the code that they come with. */
  const STATES: Record<string, (owner: Owner) => Promise<string>> = {
    'a first wrong code': async (owner) => owner.wrong(),
    'a fifth wrong code in a row': async (owner) => {
      await count(owner, { door_failures: 4 })
      return owner.wrong()
    },
    'a right code after three wrong ones': async (owner) => {
      await count(owner, { door_failures: 3 })
      return owner.right()
    },
    'a right code during a wait': async (owner) => {
      await count(owner, { door_failures: 5, door_not_before: world().now() + STEP })
      return owner.right()
    },
    'a right code at a door that is shut': async (owner) => {
      await count(owner, { doors_shut_at: world().now() })
      return owner.right()
    },
    'a right code that was used': async (owner) => {
      const code = owner.right()
      await validateCode(world(), PROGRAM, owner.user, code, { bare: true })
      return code
    },
    'a first code of new keys': async (owner) => showCode(await unlocked(owner), world().now()),
    'a code of the keys before': async (owner) => {
      const fresh = await unlocked(owner)
      await validateCode(world(), PROGRAM, owner.user, showCode(fresh, world().now()), { bare: true })
      return owner.right()
    },
    'a right code of somebody who is suspended': async (owner) => {
      await suspendUser(world(), BROWSER, owner.user)
      return owner.right()
    },
    'a code of somebody without a token': async (owner) => {
      await disableToken(world(), BROWSER, owner.user, owner.token)
      return owner.right()
    },
    'a wrong code of which the owner is told': async (owner) => {
      await spend(owner, WARN_AT - 1)
      return owner.wrong()
    },
    'a wrong code after some that do not count any more, and some behind a password': async (owner) => {
      await spend(owner, WARN_AT - 1, world().now() - STEP)
      await spend(owner, WARN_AT - 1, world().now(), 0)
      return owner.wrong()
    },
    'a wrong code of which the owner was told lately': async (owner) => {
      await spend(owner, WARN_AT - 1)
      await count(owner, { warned_at: world().now() - STEP })
      return owner.wrong()
    },
    'the last wrong code of the budget': async (owner) => {
      await spend(owner, BUDGET - 1)
      return owner.wrong()
    },
    'a wrong code that shuts the doors': async (owner) => {
      await count(owner, { door_failures: DOORS_SHUT_IN_A_ROW - 1 })
      return owner.wrong()
    },
    'a wrong code after which the token is suspended': async (owner) => {
      await count(owner, { failures: HARD_CAP - 1 })
      return owner.wrong()
    },
  }

  /** All that the database has of somebody, without what is theirs alone. */
  async function left({ user, token }: Owner) {
    const { read } = world().db
    const rest = <T extends object>(row: T, ...not: (keyof T)[]) =>
      Object.fromEntries(Object.entries(row).filter(([key]) => !not.includes(key as keyof T)))
    const guard = await read.selectFrom('code_guards').selectAll().where('user_id', '=', user).executeTakeFirstOrThrow()
    const authenticator = await read.selectFrom('authenticators').selectAll().where('id', '=', token).executeTakeFirstOrThrow()
    const sets = await read.selectFrom('key_sets').select(['number', 'state', 'last_step']).where('token_id', '=', token).execute()
    const wrong = await read.selectFrom('wrong_codes').select(['at', 'bare']).where('user_id', '=', user).orderBy('id').execute()
    const notices = await read.selectFrom('notices').select('action').where('user_id', '=', user).execute()
    const events = await read.selectFrom('audit_events').selectAll().where('subject', '=', user).orderBy('id').execute()
    return {
      guard: rest(guard, 'user_id'),
      authenticator: rest(authenticator, 'id', 'user_id'),
      sets,
      wrong,
      notices,
      events: events.map((event) => ({ ...rest(event, 'id', 'subject', 'block', 'sealed_origin'), object: event.object === token })),
    }
  }

  test('each of them is told, and leaves, what it would alone', async () => {
    const prepared = []
    for (const [state, prepare] of Object.entries(STATES)) {
      const [one, other] = [await makeOwner(), await makeOwner()]
      prepared.push({ state, one, other, codes: [await prepare(one), await prepare(other)] as const })
    }
    const unknown = ['nobody-of-that-name', 'nor-of-this', '', ''].map((name) => ({ name }))
    const together = await Promise.all([
      ...prepared.map(({ one, codes }) => ask(world(), one, codes[0])),
      ...unknown.map((nobody) => ask(world(), nobody, '123456')),
    ])
    for (const [place, { state, one, other, codes }] of prepared.entries()) {
      const alone = await validateCode(world(), PROGRAM, other.user, codes[1], { bare: true })
      const told = together[place]
      expect([state, told]).toEqual([state, alone.outcome === 'accepted' ? { ...alone, token: one.token } : alone])
      expect({ state, ...(await left(one)) }).toEqual({ state, ...(await left(other)) })
    }
    expect(together.slice(prepared.length)).toEqual(unknown.map(() => ({ outcome: 'unavailable' })))
  })

  test('of many people at once, at two instances, each wrong code is charged once', async () => {
    const owners: Owner[] = []
    while (owners.length < 12) owners.push(await makeOwner())
    const instances = [world(), await world().another()]
    // Neither instance has them in the order of the other.
    const asked = instances.flatMap((one, turned) => (turned ? owners.toReversed() : owners).map((owner) => ask(one, owner, owner.wrong())))
    expect(new Set((await Promise.all(asked)).map(({ outcome }) => outcome))).toEqual(new Set(['wrong-code']))
    for (const owner of owners) {
      const { guard, authenticator, wrong } = await left(owner)
      expect([guard.door_failures, guard.wrong_since_success, authenticator.attempts, wrong.length]).toEqual([2, 2, 2, 2])
    }
  })

  /** Somebody else holds a row of theirs until they are let go. */
  async function hold(table: 'code_guards' | 'authenticators', { user }: Owner): Promise<() => Promise<void>> {
    const [held, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const holding = world().db.transaction(async (tx) => {
      await sql`select 1 from ${sql.table(table)} where user_id = ${user} for update`.execute(tx)
      held.resolve()
      await letGo.promise
    })
    await held.promise
    return () => {
      letGo.resolve()
      return holding
    }
  }

  test.each(['code_guards', 'authenticators'] as const)('nobody waits long for whose row of %s somebody else holds', async (table) => {
    const [owner, ...others] = [await makeOwner(), await makeOwner(), await makeOwner()]
    const letGo = await hold(table, owner)
    const [first, ...rest] = [owner, ...others].map((one) => ask(world(), one, one.wrong()))
    expect(await Promise.all(rest)).toEqual(others.map(() => ({ outcome: 'wrong-code' })))
    await letGo()
    expect(await first).toEqual({ outcome: 'wrong-code' })
    for (const one of [owner, ...others]) expect((await left(one)).guard).toMatchObject({ door_failures: 1, wrong_since_success: 1 })
  })

  test('what may have been done is not done again', async () => {
    const owner = await makeOwner()
    const { batch } = world().db
    if (batch === undefined) throw new Error('batches are of PostgreSQL')
    const transaction: Batch['transaction'] = async (body) => {
      await batch.transaction(body)
      throw new Error('the connection broke as it committed')
    }
    const breaking: World = { ...world(), db: { ...world().db, batch: { ...batch, transaction } } }
    await expect(validate(breaking, { by: PROGRAM, name: owner.name, code: owner.wrong() })).rejects.toThrow('as it committed')
    expect((await left(owner)).guard).toMatchObject({ door_failures: 1 })
  })

  test('keys that cannot be opened undo the batch; everybody else is answered, and charged once', async () => {
    const [owner, ...others] = [await makeOwner(), await makeOwner(), await makeOwner()]
    const broken = { sealed_keys: new Uint8Array(96) }
    await world().db.transaction((tx) => tx.updateTable('key_sets').set(broken).where('token_id', '=', owner.token).execute())
    const [first, ...rest] = await Promise.allSettled([owner, ...others].map((one) => ask(world(), one, one.wrong())))
    expect(first?.status).toBe('rejected')
    expect(rest).toEqual(others.map(() => ({ status: 'fulfilled', value: { outcome: 'wrong-code' } })))
    expect((await left(owner)).guard).toMatchObject({ door_failures: 0 })
    for (const one of others) expect((await left(one)).guard).toMatchObject({ door_failures: 1, wrong_since_success: 1 })
  })
})
