import { expect, test } from 'vitest'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, onBothEngines, type World } from '../../test/world.ts'
import type { Context } from '../context.ts'
import { Busy, inLane } from '../hashing/in-lane.ts'
import { parsePhc } from '../hashing/phc.ts'
import type { UserId } from '../ids.ts'
import { removeUser } from '../users/remove-user.ts'
import { suspendUser } from '../users/suspend-user.ts'
import { checkPassword } from './check-password.ts'
import { hasPassword } from './has-password.ts'
import { hashOfDevice, rememberDevice } from './remember-device.ts'
import { setPassword } from './set-password.ts'

const RIGHT = 'a right and proper password'
const WRONG = 'a wrong and improper password'

onBothEngines('checking a password', (world) => {
  const person = async (password = RIGHT) => {
    const { user, name } = await enrolPerson(world())
    if (password !== '') expect(await setPassword(world(), BROWSER, user, password)).toEqual({ outcome: 'set' })
    return { name, user }
  }
  const check = (name: string, password: string, device?: string, ctx: Context = world()) =>
    checkPassword(ctx, BROWSER, { name, password, device }, async (_tx, begun) => begun)
  const device = (user: UserId) =>
    world().db.transaction(async (tx) => hashOfDevice(world(), await rememberDevice(world(), tx, user, undefined)))
  const fail = async (name: string, times: number, by?: string) => {
    for (let time = 0; time < times; time += 1) expect(await check(name, WRONG, by)).toEqual({ outcome: 'wrong' })
  }

  test('the right password is right under every spelling of the name, any other is wrong', async () => {
    const { name, user } = await person('pässwört mit café darin')
    expect(await check(name.toUpperCase(), 'pässwört mit cafe\u0301 darin')).toEqual({ outcome: 'right', begun: user })
    for (const near of ['pässwört mit café dari', 'pässwört mit café darin ', 'Pässwört mit café darin', 'pässwört mit café darin\0', ''])
      expect(await check(name, near)).toEqual({ outcome: 'wrong' })
  })

  test('nothing is cut off: 128 characters are all compared, a mebibyte and NUL bytes are wrong', async () => {
    const long = Array.from({ length: 128 }, (_, index) => String.fromCodePoint(0x1f400 + ((index * 37) % 61))).join('')
    const { name } = await person(long)
    expect((await check(name, long)).outcome).toBe('right')
    const last = Array.from(long).slice(0, -1).join('')
    for (const other of [`${last}x`, last, `${long}x`, long.repeat(2_048), `${long}\0`, '\0', '\ud800'])
      expect((await check(name, other)).outcome).toMatch(/wrong|waiting/)
    world().pass(900_000)
    expect((await check(name, long)).outcome).toBe('right')
  })

  test('unknown, suspended, removed, without a password: one and the same answer, the same waits, the same number of statements', async () => {
    const suspended = await person()
    await suspendUser(world(), BROWSER, suspended.user)
    const removed = await person()
    await removeUser(world(), BROWSER, removed.user)
    const invited = await person('')
    expect(await hasPassword(world(), invited.user)).toBe(false)
    const known = await person()
    // Whoever is unknown has one place in the log, which is made with the first of them.
    await check('somebody-else', RIGHT)
    const answers: unknown[] = []
    for (const name of [known.name, suspended.name, removed.name, invited.name, 'nobody', 'no such \u202e name']) {
      const password = name === known.name ? WRONG : RIGHT
      const seen: unknown[] = []
      const { counting, count } = countStatements(world())
      for (let time = 0; time < 5; time += 1) seen.push(await check(name, password, undefined, counting))
      const waiting = await check(name, password, undefined, counting)
      seen.push(waiting, count())
      answers.push(seen)
    }
    expect(answers[0]).toEqual([
      ...Array.from({ length: 5 }, () => ({ outcome: 'wrong' })),
      { outcome: 'waiting', until: world().now() + 1_000 },
      expect.any(Number),
    ])
    for (const other of answers) expect(other).toEqual(answers[0])
  })

  test('after five failures each try waits, longer each time, and never for ever; a right one clears the count', async () => {
    const { name } = await person()
    await fail(name, 5)
    let wait = 1_000
    for (let failure = 6; failure < 20; failure += 1) {
      expect(await check(name, RIGHT)).toEqual({ outcome: 'waiting', until: world().now() + wait })
      world().pass(wait - 1)
      expect(await check(name, RIGHT)).toEqual({ outcome: 'waiting', until: world().now() + 1 })
      world().pass(1)
      await fail(name, 1)
      wait = Math.min(2 * wait, 900_000)
    }
    world().pass(wait)
    expect((await check(name, RIGHT)).outcome).toBe('right')
    await fail(name, 5)
    expect((await check(name, RIGHT)).outcome).toBe('waiting')
  })

  test('spellings of a name are one budget', async () => {
    const { name } = await person()
    for (const spelling of [name, name.toUpperCase(), ` ${name} `, name.replace('p', 'ｐ'), name]) await fail(spelling, 1)
    expect((await check(name, RIGHT)).outcome).toBe('waiting')
  })

  test('a flood of wrong passwords at once, from two instances: five are judged', async () => {
    const { name, user } = await person()
    const other = await world().another()
    const known = await device(user)
    for (const by of [undefined, known]) {
      const results = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          checkPassword(
            index % 2 ? world() : other,
            { ...BROWSER, address: `2001:db8:0:${index.toString(16)}::1` },
            { name, password: WRONG, device: by },
            async () => true,
          ),
        ),
      )
      expect(results.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(5)
      expect(results.filter(({ outcome }) => outcome === 'waiting')).toHaveLength(55)
    }
  })

  test("a stranger's failures do not keep the owner's browser out, nor the other way round", async () => {
    const { name, user } = await person()
    const known = await device(user)
    await fail(name, 5)
    expect((await check(name, RIGHT)).outcome).toBe('waiting')
    expect((await check(name, RIGHT, known)).outcome).toBe('right')
    // What the owner's browser clears is its own count.
    expect((await check(name, RIGHT)).outcome).toBe('waiting')
    await fail(name, 5, known)
    expect((await check(name, RIGHT, known)).outcome).toBe('waiting')
    world().pass(1_000)
    expect((await check(name, RIGHT)).outcome).toBe('right')
  })

  test('a new password is waited for in no browser of its owner', async () => {
    const { name, user } = await person()
    const known = await device(user)
    await fail(name, 5, known)
    await fail(name, 5)
    for (const by of [known, undefined]) expect((await check(name, RIGHT, by)).outcome).toBe('waiting')
    const fresh = `${RIGHT} and more`
    expect(await setPassword(world(), BROWSER, user, fresh, { reset: 'security-code' })).toEqual({ outcome: 'set' })
    for (const by of [known, undefined]) expect((await check(name, fresh, by)).outcome).toBe('right')
  })

  test("a device cookie of somebody else, an old one, a made-up one: the name's budget", async () => {
    const { name } = await person()
    const stranger = await person()
    const theirs = await device(stranger.user)
    await fail(name, 2, theirs)
    await fail(name, 2, 'made up')
    await fail(name, 1)
    for (const by of [theirs, 'made up', undefined]) expect((await check(name, RIGHT, by)).outcome).toBe('waiting')
    expect((await check(stranger.name, RIGHT, theirs)).outcome).toBe('right')
    const { name: later, user } = await person()
    const old = await device(user)
    world().pass(400 * 24 * 3_600_000)
    await fail(later, 3, old)
    await fail(later, 2)
    expect((await check(later, RIGHT, old)).outcome).toBe('waiting')
  })

  test('a device keeps its cookie while it is the same person, and gets another for another', async () => {
    const [one, two] = [await person(), await person()]
    const remember = (user: UserId, known?: string) => world().db.transaction((tx) => rememberDevice(world(), tx, user, known))
    const secret = await remember(one.user)
    expect(await remember(one.user, secret)).toBe(secret)
    expect(await remember(two.user, secret)).not.toBe(secret)
    expect(await remember(one.user, 'made up')).not.toBe('made up')
    const rows = await world().db.read.selectFrom('devices').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(secret)
  })

  test('failures never touch the count of codes, and a right password does not either', async () => {
    const { name, user } = await person()
    await world().db.transaction((tx) => tx.updateTable('code_guards').set({ failures: 3 }).where('user_id', '=', user).execute())
    await world().db.transaction((tx) => tx.updateTable('recovery_guards').set({ attempts: 3 }).where('user_id', '=', user).execute())
    await fail(name, 1)
    expect((await check(name, RIGHT)).outcome).toBe('right')
    const guard = await world().db.read.selectFrom('code_guards').select('failures').where('user_id', '=', user).executeTakeFirst()
    const proofs = await world().db.read.selectFrom('recovery_guards').select('attempts').where('user_id', '=', user).executeTakeFirst()
    expect([guard?.failures, proofs?.attempts]).toEqual([3, 3])
  })

  test('a hash at an older cost is made anew by the next right password, and by no wrong one', async () => {
    const { name, user } = await person()
    const dearer: Context = { ...world(), config: { ...world().config, password: { memoryKiB: 20_480, passes: 2 } } }
    const cost = async () => {
      const row = await world().db.read.selectFrom('passwords').select('hash').where('user_id', '=', user).executeTakeFirstOrThrow()
      return parsePhc(row.hash).memoryKiB
    }
    await check(name, WRONG, undefined, dearer)
    expect(await cost()).toBe(19_456)
    expect((await check(name, RIGHT, undefined, dearer)).outcome).toBe('right')
    expect(await cost()).toBe(20_480)
    expect((await check(name, RIGHT, undefined, dearer)).outcome).toBe('right')
  })

  test('a password that is changed, or whose person is suspended, while it is judged is wrong', async () => {
    const { name, user } = await person()
    const during = (act: () => Promise<unknown>): Context => {
      let calls = 0
      const transaction: Context['db']['transaction'] = async (body) => {
        calls += 1
        if (calls === 2) await act()
        return world().db.transaction(body)
      }
      return { ...world(), db: { ...world().db, transaction } }
    }
    const other = 'another right and proper one'
    expect(
      await check(
        name,
        RIGHT,
        undefined,
        during(() => setPassword(world(), BROWSER, user, other)),
      ),
    ).toEqual({ outcome: 'wrong' })
    expect(
      await check(
        name,
        other,
        undefined,
        during(() => suspendUser(world(), BROWSER, user)),
      ),
    ).toEqual({ outcome: 'wrong' })
  })

  test('a full lane says so, and counts nothing', async () => {
    const { name } = await person()
    const lane = { ...BROWSER, address: '198.51.100.9' }
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const blocked = Array.from({ length: 400 }, () =>
      inLane('rest', undefined, () => gate).catch((error: unknown) => error instanceof Busy),
    )
    const share = Array.from({ length: 40 }, () => inLane('source', lane.address, () => gate).catch(() => undefined))
    for (let time = 0; time < 10; time += 1)
      expect(await checkPassword(world(), lane, { name, password: WRONG, device: undefined }, async () => true)).toEqual({
        outcome: 'busy',
      })
    open()
    await Promise.all([...blocked, ...share])
    expect((await check(name, RIGHT)).outcome).toBe('right')
    await fail(name, 4)
    expect((await check(name, RIGHT)).outcome).toBe('right')
  })
})

/** The same context, with a count of the statements that ran. */
function countStatements(world: World): { counting: Context; count: () => number } {
  let statements = 0
  const counted = <T extends object>(db: T): T =>
    new Proxy(db, {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^(selectFrom|insertInto|updateTable|deleteFrom)$/.test(key)) statements += 1
        const value: unknown = Reflect.get(target, key, receiver)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const db: Context['db'] = {
    ...world.db,
    read: counted(world.db.read),
    transaction: (body) => world.db.transaction((tx) => body(counted(tx))),
  }
  return { counting: { ...world, db }, count: () => statements }
}
