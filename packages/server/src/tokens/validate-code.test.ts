import { expect, test } from 'vitest'
import { type Device, makeToken, showCode, unlock, wrongCode } from '../../test/device.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../test/world.ts'
import { drawId, type TokenId, type UserId } from '../ids.ts'
import { answerResetCode } from './answer-reset-code.ts'
import { disableToken } from './disable-token.ts'
import { enableToken } from './enable-token.ts'
import { endToken } from './end-token.ts'
import { resumeToken } from './resume-token.ts'
import { suspendToken } from './suspend-token.ts'
import { validateCode } from './validate-code.ts'

const STEP = 30_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
type Person = { user: UserId; token: TokenId; device: Device }

async function makeOwner(world: World): Promise<Person> {
  const user = await makePerson(world)
  return { user, ...(await makeToken(world, user)) }
}
const validate = (world: World, user: UserId | undefined, code: string, bare = false) => validateCode(world, BROWSER, user, code, { bare })
const now = (world: World, { user, device }: Person, offset = 0, bare = false) =>
  validate(world, user, showCode(device, world.now(), offset), bare)
const wrong = (world: World, { user, device }: Person, bare = false) => validate(world, user, wrongCode(device, world.now()), bare)

/** So many wrong codes, each as soon as it may come. */
async function wrongCodes(world: World, person: Person, count: number, bare = false): Promise<string[]> {
  const outcomes = []
  for (let number = 0; number < count; number += 1) {
    const answer = await wrong(world, person, bare)
    outcomes.push(answer.outcome)
    const guard = await guardOf(world, person.user)
    world.pass(Math.max(0, (bare ? guard.door_not_before : guard.not_before) - world.now()))
  }
  return outcomes
}
const guardOf = (world: World, user: UserId) =>
  world.db.read.selectFrom('code_guards').selectAll().where('user_id', '=', user).executeTakeFirstOrThrow()
const tokenOf = (world: World, token: TokenId) =>
  world.db.read.selectFrom('authenticators').selectAll().where('id', '=', token).executeTakeFirstOrThrow()
const told = async (world: World, user: UserId) =>
  (await world.db.read.selectFrom('notices').select('action').where('user_id', '=', user).orderBy('created_at').execute()).map(
    ({ action }) => action,
  )
const recorded = async (world: World, user: UserId) =>
  (
    await world.db.read
      .selectFrom('audit_events')
      .select('outcome')
      .where('subject', '=', user)
      .where('action', '=', 'tokens.validate-code')
      .orderBy('id')
      .execute()
  ).map(({ outcome }) => outcome)

onBothEngines('validating a code', (world) => {
  test('the same code twice, or one before the last: refused as used, and costs nothing', async () => {
    const person = await makeOwner(world())
    expect(await now(world(), person)).toMatchObject({ outcome: 'accepted', token: person.token })
    expect(await now(world(), person)).toEqual({ outcome: 'replayed' })
    expect(await now(world(), person, -1)).toEqual({ outcome: 'replayed' })
    expect(await guardOf(world(), person.user)).toMatchObject({ failures: 0, wrong_since_success: 0 })
    expect(await tokenOf(world(), person.token)).toMatchObject({ attempts: 0, last_used_at: world().now() })
    expect(await recorded(world(), person.user)).toEqual(['accepted', 'replayed', 'replayed'])
  })

  test('a clock that is set back makes no code unused', async () => {
    const person = await makeOwner(world())
    const code = showCode(person.device, world().now())
    await validate(world(), person.user, code)
    world().pass(-STEP)
    expect(await validate(world(), person.user, code)).toEqual({ outcome: 'replayed' })
    world().pass(-STEP)
    expect(await validate(world(), person.user, code)).toEqual({ outcome: 'wrong-code' })
    world().pass(2 * STEP)
    expect(await validate(world(), person.user, code)).toEqual({ outcome: 'replayed' })
  })

  test('of 200 of the same code at once, over two instances, one is accepted', async () => {
    const person = await makeOwner(world())
    const other = await world().another()
    const all = await Promise.all(Array.from({ length: 200 }, (_, index) => now(index % 2 ? world() : other, person, 0, index % 3 === 0)))
    expect(all.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1)
    expect(all.filter(({ outcome }) => outcome === 'replayed')).toHaveLength(199)
    expect(await guardOf(world(), person.user)).toMatchObject({ failures: 0, door_failures: 0 })
  })

  test('two instances whose clocks are 20 s apart accept a code once', async () => {
    const person = await makeOwner(world())
    // On a step's first millisecond 20 s back is the step before.
    world().pass(STEP - (world().now() % STEP))
    const code = showCode(person.device, world().now())
    const behind: World = { ...(await world().another()), now: () => world().now() - 20_000 }
    const all = await Promise.all(Array.from({ length: 40 }, (_, index) => validate(index % 2 ? world() : behind, person.user, code)))
    expect(all.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1)
    expect(all.filter(({ outcome }) => outcome === 'replayed')).toHaveLength(39)
  })

  test('of 200 wrong codes at once, over two instances, five are judged', async () => {
    const person = await makeOwner(world())
    const other = await world().another()
    const all = await Promise.all(Array.from({ length: 200 }, (_, index) => wrong(index % 2 ? world() : other, person)))
    expect(all.filter(({ outcome }) => outcome === 'wrong-code')).toHaveLength(5)
    expect(all.filter(({ outcome }) => outcome === 'waiting')).toHaveLength(195)
    expect(await guardOf(world(), person.user)).toMatchObject({ failures: 5, wrong_since_success: 5 })
  })

  test('one step either side is accepted, two are not', async () => {
    for (const [offset, outcome] of [
      [-2, 'wrong-code'],
      [-1, 'accepted'],
      [1, 'accepted'],
      [2, 'wrong-code'],
    ] as const) {
      expect(await now(world(), await makeOwner(world()), offset)).toMatchObject({ outcome })
    }
  })

  test('two successes on one side move the drift, so that a slow clock stays good', async () => {
    const person = await makeOwner(world())
    for (let number = 0; number < 2; number += 1) {
      expect(await now(world(), person, 1)).toMatchObject({ outcome: 'accepted' })
      world().pass(STEP)
    }
    expect(await now(world(), person, 2)).toMatchObject({ outcome: 'accepted' })
    world().pass(10 * STEP)
    expect(await now(world(), person, -1)).toEqual({ outcome: 'wrong-code' })
  })

  test('during a wait no code is judged, not even the right one; then it is good', async () => {
    const person = await makeOwner(world())
    for (let number = 0; number < 5; number += 1) expect(await wrong(world(), person)).toEqual({ outcome: 'wrong-code' })
    const until = world().now() + 30_000
    expect(await now(world(), person)).toEqual({ outcome: 'waiting', until })
    world().pass(30_000 - 1)
    expect(await now(world(), person)).toEqual({ outcome: 'waiting', until })
    world().pass(1)
    expect(await now(world(), person)).toMatchObject({ outcome: 'accepted', wrongSince: 5 })
    expect(await guardOf(world(), person.user)).toMatchObject({ failures: 0, wrong_since_success: 0 })
    world().pass(STEP)
    expect(await now(world(), person)).toMatchObject({ outcome: 'accepted', wrongSince: 0 })
  })

  test('wrong codes at one door do not make the other wait', async () => {
    const person = await makeOwner(world())
    for (let number = 0; number < 5; number += 1) await wrong(world(), person, true)
    expect(await wrong(world(), person, true)).toMatchObject({ outcome: 'waiting' })
    expect(await now(world(), person)).toMatchObject({ outcome: 'accepted', wrongSince: 5 })
  })

  test('twenty wrong codes in 30 days: mail, and an hour between tries, which a success does not refill', async () => {
    const person = await makeOwner(world())
    await wrongCodes(world(), person, 19)
    expect(await now(world(), person)).toMatchObject({ outcome: 'accepted' })
    expect(await told(world(), person.user)).toEqual(['token-activated'])
    expect(await wrong(world(), person)).toEqual({ outcome: 'wrong-code' })
    expect(await told(world(), person.user)).toEqual(['token-activated', 'wrong-codes'])
    const until = world().now() + HOUR
    world().pass(STEP)
    expect(await now(world(), person)).toEqual({ outcome: 'waiting', until })
    world().pass(HOUR)
    await wrongCodes(world(), person, 3)
    expect(await told(world(), person.user)).toEqual(['token-activated', 'wrong-codes'])
  })

  test('forty in 30 days suspend every token; codes older than 30 days do not count', async () => {
    const person = await makeOwner(world())
    const second = await makeToken(world(), person.user, 'Home')
    await wrongCodes(world(), person, 10)
    world().pass(30 * DAY)
    expect(await wrongCodes(world(), person, 39)).not.toContain('waiting')
    expect(await now(world(), person)).toMatchObject({ outcome: 'accepted' })
    expect(await wrong(world(), person)).toEqual({ outcome: 'wrong-code' })
    for (const token of [person.token, second.token]) {
      expect(await tokenOf(world(), token)).toMatchObject({ state: 'suspended', reason: 'wrong-codes' })
    }
    expect((await told(world(), person.user)).at(-1)).toBe('token-suspended')
    world().pass(HOUR)
    expect(await now(world(), person)).toEqual({ outcome: 'unavailable' })
    // A new token begins with a budget of its own, or its first wrong code would suspend it.
    world().pass(HOUR)
    const fresh = { user: person.user, ...(await makeToken(world(), person.user, 'New')) }
    expect(await wrong(world(), fresh)).toEqual({ outcome: 'wrong-code' })
    expect(await tokenOf(world(), fresh.token)).toMatchObject({ state: 'active' })
  })

  test('a stranger at a bare door never suspends a token: the doors shut, the owner is told, and a sign-in opens them', async () => {
    const person = await makeOwner(world())
    expect(await wrongCodes(world(), person, 40, true)).toEqual(Array.from({ length: 40 }, () => 'wrong-code'))
    expect(await told(world(), person.user)).toEqual(['token-activated', 'wrong-codes', 'doors-shut'])
    expect(await tokenOf(world(), person.token)).toMatchObject({ state: 'active' })
    world().pass(2 * HOUR)
    expect(await now(world(), person, 0, true)).toEqual({ outcome: 'unavailable' })
    expect(await now(world(), person)).toMatchObject({ outcome: 'accepted', wrongSince: 40 })
    world().pass(STEP)
    expect(await now(world(), person, 0, true)).toMatchObject({ outcome: 'accepted' })
    // Opening refills nothing: the next wrong one shuts them again.
    await wrong(world(), person, true)
    world().pass(2 * HOUR)
    expect(await now(world(), person, 0, true)).toEqual({ outcome: 'unavailable' })
  })

  test('a code that a bare door accepts opens nothing and hides nothing', async () => {
    const person = await makeOwner(world())
    await wrong(world(), person)
    await wrong(world(), person, true)
    expect(await now(world(), person, 0, true)).toMatchObject({ outcome: 'accepted', wrongSince: 2 })
    expect(await guardOf(world(), person.user)).toMatchObject({ failures: 1, door_failures: 0, wrong_since_success: 2 })
  })

  test('a hundred in a row suspend, however slowly they came', async () => {
    const person = await makeOwner(world())
    for (let month = 0; month < 2; month += 1) {
      await wrongCodes(world(), person, 39)
      world().pass(30 * DAY)
    }
    await wrongCodes(world(), person, 21)
    expect(await tokenOf(world(), person.token)).toMatchObject({ state: 'active' })
    expect(await guardOf(world(), person.user)).toMatchObject({ failures: 99 })
    await wrong(world(), person)
    expect(await tokenOf(world(), person.token)).toMatchObject({ state: 'suspended', reason: 'wrong-codes' })
    // Nobody waits for what was tried against a token that is not in use any more.
    const fresh = { user: person.user, ...(await makeToken(world(), person.user, 'New')) }
    expect(await now(world(), fresh)).toMatchObject({ outcome: 'accepted' })
    world().pass(STEP)
    expect(await wrong(world(), fresh)).toEqual({ outcome: 'wrong-code' })
    expect(await tokenOf(world(), fresh.token)).toMatchObject({ state: 'active' })
  })

  test('what was tried while the only token was disabled does not count once it is enabled', async () => {
    const person = await makeOwner(world())
    await disableToken(world(), BROWSER, person.user, person.token)
    await wrongCodes(world(), person, 40)
    await enableToken(world(), BROWSER, person.user, person.token)
    expect(await wrong(world(), person)).toEqual({ outcome: 'wrong-code' })
    expect(await tokenOf(world(), person.token)).toMatchObject({ state: 'active' })
  })

  test('whoever is unknown, has no token, or one that is not in use, is refused alike', async () => {
    const person = await makeOwner(world())
    const { user, token } = person
    const unavailable = { outcome: 'unavailable' }
    expect(await validate(world(), undefined, '000000')).toEqual(unavailable)
    expect(await validate(world(), undefined, '000000', true)).toEqual(unavailable)
    expect(await validate(world(), await makePerson(world()), '000000')).toEqual(unavailable)
    await disableToken(world(), BROWSER, user, token)
    expect(await now(world(), person)).toEqual(unavailable)
    await enableToken(world(), BROWSER, user, token)
    await suspendToken(world(), BROWSER, user, token, 'operator')
    expect(await now(world(), person)).toEqual(unavailable)
    await resumeToken(world(), BROWSER, user, token)
    expect(await now(world(), person)).toMatchObject({ outcome: 'accepted' })
    await endToken(world(), BROWSER, user, token, { evenIfLast: true })
    world().pass(STEP)
    expect(await now(world(), person)).toEqual(unavailable)
  })

  test('a person who is suspended is refused, with the right code too', async () => {
    const person = await makeOwner(world())
    await world().db.transaction((tx) => tx.updateTable('users').set({ state: 'suspended' }).where('id', '=', person.user).execute())
    expect(await now(world(), person)).toEqual({ outcome: 'unavailable' })
    expect(await now(world(), person, 0, true)).toEqual({ outcome: 'unavailable' })
  })

  test('the unknown and the known walk the same statements', async () => {
    const person = await makeOwner(world())
    const statements = async (user: UserId | undefined, bare: boolean) => {
      const seen: string[] = []
      const counting: World = {
        ...world(),
        db: {
          ...world().db,
          transaction: (body) =>
            world().db.transaction((tx) =>
              body(
                new Proxy(tx, {
                  get: (target, name) => {
                    const value: unknown = Reflect.get(target, name)
                    if (typeof value !== 'function') return value
                    if (name === 'executeQuery' || name === 'insertInto') seen.push(String(name))
                    return value.bind(target)
                  },
                }),
              ),
            ),
        },
      }
      await validate(counting, user, wrongCode(person.device, world().now()), bare)
      return seen
    }
    const without = await makePerson(world())
    for (const bare of [false, true]) {
      // A person's own key for the log is made at the first event.
      for (const user of [undefined, without]) await statements(user, bare)
      const known = await statements(person.user, bare)
      expect(known.length).toBeGreaterThan(5)
      expect(await statements(undefined, bare)).toEqual(known)
      expect(await statements(without, bare)).toEqual(known)
    }
    for (let number = 0; number < 4; number += 1) await statements(person.user, false)
    expect((await validate(world(), person.user, '000000')).outcome).toBe('waiting')
    expect(await statements(person.user, false)).toEqual(await statements(undefined, false))
  })

  test('what has not the form of a code costs nothing', async () => {
    const person = await makeOwner(world())
    for (const typed of ['', '1234567', '12345a', '１２３４５６', '0'.repeat(100_000)]) {
      expect(await validate(world(), person.user, typed)).toEqual({ outcome: 'malformed' })
    }
    expect(await guardOf(world(), person.user)).toMatchObject({ failures: 0 })
  })

  test('a step of before a restored backup is refused', async () => {
    const person = await makeOwner(world())
    const value = String(Math.floor(world().now() / STEP))
    await world().db.transaction((tx) => tx.insertInto('facts').values({ name: 'restored-step', value }).execute())
    expect(await now(world(), person)).toEqual({ outcome: 'replayed' })
    expect(await now(world(), person, 1)).toMatchObject({ outcome: 'accepted' })
    await world().db.transaction((tx) => tx.deleteFrom('facts').where('name', '=', 'restored-step').execute())
  })

  test('a step is not used up by an answer that could not be stored', async () => {
    const person = await makeOwner(world())
    const failing: World = {
      ...world(),
      db: {
        ...world().db,
        transaction: (body) =>
          world().db.transaction(async (tx) => {
            await body(tx)
            throw new Error('the disk is full')
          }),
      },
    }
    await expect(now(failing, person)).rejects.toThrow('the disk is full')
    expect(await now(world(), person)).toMatchObject({ outcome: 'accepted' })
  })

  test('seeds of another row do not open: nothing is accepted', async () => {
    const [alice, bob] = [await makeOwner(world()), await makeOwner(world())]
    const keysOf = (token: TokenId) =>
      world().db.read.selectFrom('key_sets').selectAll().where('token_id', '=', token).executeTakeFirstOrThrow()
    const { sealed_keys } = await keysOf(bob.token)
    const { id } = await keysOf(alice.token)
    await world().db.transaction((tx) => tx.updateTable('key_sets').set({ sealed_keys }).where('id', '=', id).execute())
    await expect(validate(world(), alice.user, showCode(bob.device, world().now()))).rejects.toThrow('altered or moved')
  })

  test('the first code under a next key set retires the old one, whose codes are wrong, and its owner hears of them once a day', async () => {
    const person = await makeOwner(world())
    const answer = await answerResetCode(world(), BROWSER, person.user, person.token, person.device.resetCode)
    const old = person
    const fresh = { ...person, device: unlock(person.device, answer.outcome === 'unlock-code' ? answer.code : '') }
    // Until then the old one goes on.
    expect(await now(world(), old)).toMatchObject({ outcome: 'accepted' })
    expect(await now(world(), fresh)).toMatchObject({ outcome: 'accepted' })
    expect(await tokenOf(world(), person.token)).toMatchObject({ key_set: 2 })
    world().pass(STEP)
    expect(await now(world(), old)).toEqual({ outcome: 'wrong-code' })
    expect(await now(world(), old, -1, true)).toEqual({ outcome: 'wrong-code' })
    expect(await recorded(world(), person.user)).toEqual(['accepted', 'accepted', 'old-copy', 'old-copy'])
    expect(await guardOf(world(), person.user)).toMatchObject({ failures: 1, door_failures: 1, wrong_since_success: 2 })
    const mails = async () => (await told(world(), person.user)).filter((action) => action === 'old-copy').length
    expect(await mails()).toBe(1)
    world().pass(DAY)
    expect(await now(world(), old)).toEqual({ outcome: 'wrong-code' })
    expect(await mails()).toBe(2)
    world().pass(90 * DAY)
    expect(await now(world(), old)).toEqual({ outcome: 'wrong-code' })
    expect(await recorded(world(), person.user)).toEqual(['accepted', 'accepted', 'old-copy', 'old-copy', 'old-copy', 'wrong-code'])
  })

  test("another person's code is wrong, and charged to whom it was tried against", async () => {
    const [alice, bob] = [await makeOwner(world()), await makeOwner(world())]
    expect(await validate(world(), alice.user, showCode(bob.device, world().now()))).toEqual({ outcome: 'wrong-code' })
    expect(await guardOf(world(), alice.user)).toMatchObject({ failures: 1 })
    expect(await guardOf(world(), bob.user)).toMatchObject({ failures: 0 })
    expect(await validate(world(), drawId('usr', world().random), showCode(bob.device, world().now()))).toEqual({ outcome: 'unavailable' })
  })
})
