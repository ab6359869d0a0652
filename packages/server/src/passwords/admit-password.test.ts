import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { availableParallelism } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { makeOwner, openStand, signInBy } from '../../test/attack/stand.ts'
import { onBothEngines, type World } from '../../test/world.ts'
import { Busy, inLane, type Lane } from '../hashing/in-lane.ts'
import { admitPassword, LET_IN } from './admit-password.ts'

const SOURCE = '127.0.0.1'
/** More than all cores, this source's share and the rest's lane hold together. */
const TOO_MANY = 2 * availableParallelism() + 4 + 32 + 1

let end = Promise.withResolvers<void>()
let held: Promise<unknown>[] = []

/** Holds so many places of a lane until they are given up. */
function hold(lane: Lane, places: number): void {
  held.push(Promise.allSettled(Array.from({ length: places }, () => inLane(lane, SOURCE, () => end.promise))))
}

async function giveUp(): Promise<void> {
  end.resolve()
  await Promise.all(held)
  held = []
  end = Promise.withResolvers()
}

afterEach(giveUp)

/** Counts what is in the list each time the event loop comes round, for as long as it is asked to. */
function watchLength(list: readonly unknown[]): { stop: () => number[] } {
  const lengths: number[] = []
  let next = setImmediate(function look() {
    lengths.push(list.length)
    next = setImmediate(look)
  })
  return {
    stop: () => {
      clearImmediate(next)
      return lengths
    },
  }
}

test('few are let in within one turn of the loop, first come first served; a known browser does not wait behind a crowd', async () => {
  const order: string[] = []
  const { stop } = watchLength(order)
  const come = (name: string, device?: string) => admitPassword(SOURCE, device).then(() => order.push(name))
  const crowd = Array.from({ length: 5 * LET_IN }, (_, n) => come(`stranger ${n}`))
  const known = come('known', 'a cookie')
  await new Promise(process.nextTick)
  expect(order).toHaveLength(LET_IN)
  await Promise.all([...crowd, known])
  const [first = 0, ...lengths] = stop()
  expect(Math.max(...lengths.map((length, turn) => length - (lengths[turn - 1] ?? first)))).toBe(LET_IN)
  expect(order.indexOf('known')).toBe(LET_IN)
  expect(order.filter((name) => name !== 'known')).toEqual(crowd.map((_, n) => `stranger ${n}`))
})

test('about a thousand wait to be let in, strangers and those who may be known each: whoever comes beyond that is sent away at once', async () => {
  const all = await Promise.all(
    [undefined, 'a cookie'].map((device) => Promise.allSettled(Array.from({ length: 1_500 }, () => admitPassword(SOURCE, device)))),
  )
  const [strangers = 0, known = 0] = all.map((those) => those.filter(({ status }) => status === 'fulfilled').length)
  expect(strangers + known).toBeLessThanOrEqual(2 * 1_024 + LET_IN)
  expect(Math.min(strangers, known)).toBe(1_024)
})

test('whoever may have a lane of their own is let in as long as that has room', async () => {
  hold('source', TOO_MANY)
  await expect(admitPassword(SOURCE, undefined)).rejects.toThrow(Busy)
  await admitPassword(SOURCE, 'a cookie')
  hold('known-browser', 64)
  await expect(admitPassword(SOURCE, 'a cookie')).rejects.toThrow(Busy)
  await giveUp()
  await admitPassword(SOURCE, undefined)
})

/** The same world, with a count of how often its database was asked for anything. */
function watched(world: World): { world: World; asked: () => number } {
  const { db } = world
  let asked = 0
  const seen = {
    ...db,
    get read() {
      asked += 1
      return db.read
    },
    transaction: ((body) => {
      asked += 1
      return db.transaction(body)
    }) satisfies typeof db.transaction,
  }
  return { world: { ...world, db: seen }, asked: () => asked }
}

/** A form of which only the headers ever come. */
async function beginForm(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '100' }
  const begun = request({ host: SOURCE, port, path, method: 'POST', headers: { ...form, ...headers } })
  begun.on('error', () => undefined).flushHeaders()
  const [answer]: IncomingMessage[] = await once(begun, 'response')
  begun.destroy()
  return answer?.statusCode ?? 0
}

onBothEngines('passwords that no lane has room for', (open) => {
  test('are sent away at both doors before their form is read and before the database is asked for anything; a known browser is not', async () => {
    const { world, asked } = watched(open())
    const stand = await openStand(world)
    const owner = await makeOwner(world)
    const known = stand.open()
    await signInBy(stand, known, owner)
    const doors = ['/self-administration', (await stand.open().get('/sign-in')).location]
    hold('source', TOO_MANY)
    const before = asked()
    const sentAway = await Promise.all(doors.map((path) => beginForm(stand.port, path, { origin: world.config.login.url })))
    expect(sentAway).toEqual([503, 503])
    expect(asked()).toBe(before)
    const inTime = known.copy().post('/self-administration', { name: owner.name, password: owner.password })
    while (asked() === before) await new Promise(setImmediate)
    await giveUp()
    expect((await inTime).location).toBe('/self-administration/confirm')
    await stand.close()
  })
})
