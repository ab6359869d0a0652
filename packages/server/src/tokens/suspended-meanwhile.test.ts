import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type Device, makeToken, showCode } from '../../test/device.ts'
import { BROWSER, makePerson, onBothEngines, type World } from '../../test/world.ts'
import type { TokenId, UserId } from '../ids.ts'
import { resumeUser } from '../users/resume-user.ts'
import { suspendUser } from '../users/suspend-user.ts'
import { resynchroniseToken } from './resynchronise-token.ts'
import { validateCode } from './validate-code.ts'

type Person = { user: UserId; token: TokenId; device: Device }

onBothEngines('a person who is suspended while a code is judged', (world, engine) => {
  async function makeOwner(): Promise<Person> {
    const user = await makePerson(world())
    return { user, ...(await makeToken(world(), user)) }
  }

  /** A world whose transactions stop before they commit: `reached` when the first has come there, until `goOn`. */
  function stopping() {
    const [there, onwards] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const transaction: World['db']['transaction'] = (body) =>
      world().db.transaction(async (tx) => {
        const value = await body(tx)
        there.resolve()
        await onwards.promise
        return value
      })
    return { world: { ...world(), db: { ...world().db, transaction } }, reached: there.promise, goOn: onwards.resolve }
  }

  /** Until another transaction waits for a row, or there is nothing left to wait for; on SQLite all wait for the one that is open. */
  async function someoneWaits(ended: () => boolean): Promise<void> {
    if (engine === 'sqlite') return
    const waiting = sql<{
      waits: number
    }>`select count(*) as waits from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await expect.poll(async () => ended() || (await waiting.execute(world().db.read)).rows[0]?.waits, { timeout: 30_000 }).toBeTruthy()
  }

  const WAYS = [
    [
      'a code',
      (ctx: World, { user, device }: Person) => validateCode(ctx, BROWSER, user, showCode(device, ctx.now()), { bare: false }),
      'accepted',
    ],
    [
      'a code at a bare door',
      (ctx: World, { user, device }: Person) => validateCode(ctx, BROWSER, user, showCode(device, ctx.now()), { bare: true }),
      'accepted',
    ],
    [
      'two codes that find a clock',
      (ctx: World, { user, token, device }: Person) =>
        resynchroniseToken(ctx, BROWSER, user, token, showCode(device, ctx.now(), 4), showCode(device, ctx.now(), 5)),
      'resynchronised',
    ],
  ] as const

  test.each(WAYS)('the suspension is not said before %s that is being judged is answered', async (_, judge, accepted) => {
    const owner = await makeOwner()
    const order: string[] = []
    const judging = stopping()
    const judged = judge(judging.world, owner).then(({ outcome }) => order.push(outcome))
    await judging.reached
    const suspended = suspendUser(world(), BROWSER, owner.user).then(({ outcome }) => order.push(outcome))
    await someoneWaits(() => order.length > 0)
    judging.goOn()
    await Promise.all([judged, suspended])
    expect(order).toEqual([accepted, 'suspended'])
  })

  test.each(WAYS)(
    'once it is said, %s that came while it was being done is refused, and good when they are back',
    async (_, judge, accepted) => {
      const owner = await makeOwner()
      const order: string[] = []
      const suspending = stopping()
      const suspended = suspendUser(suspending.world, BROWSER, owner.user).then(({ outcome }) => order.push(outcome))
      await suspending.reached
      const judged = judge(world(), owner).then(({ outcome }) => order.push(outcome))
      await someoneWaits(() => order.length > 0)
      suspending.goOn()
      await Promise.all([judged, suspended])
      expect(new Set(order)).toEqual(new Set(['suspended', accepted === 'accepted' ? 'unavailable' : 'no-such-token']))
      await resumeUser(world(), BROWSER, owner.user)
      expect(await judge(world(), owner)).toMatchObject({ outcome: accepted })
    },
  )
})
