import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { followOf, makeSynchronous, promote } from './follow.ts'
import { type MovingAddress, openMovingAddress } from './moving-address.ts'
import { type Ending, makePostgres, type PostgresServer } from './postgres-server.ts'
import { report } from './report.ts'
import { LONG, pick, SEED } from './seed.ts'
import { openStage, type Stage } from './stage.ts'
import { untilAnswered, untilChanged, untilReady } from './until-ready.ts'

const FAILOVERS = Number(process.env['LATCHKEY_FAILOVERS'] ?? (LONG ? 30 : 1))
const HOW: readonly Ending[] = ['immediate', 'kill', 'fast']

test(
  'a failover to a synchronous replica under load from two servers: nothing that was acknowledged is lost, no step is accepted twice',
  async () => {
    let primary = await makePostgres()
    await primary.start()
    const address = await openMovingAddress(primary.port)
    const stage = await openStage({ people: LONG ? 4_000 : 400, instances: [{}, {}], databaseUrl: primary.url(address.port) })
    const gone: PostgresServer[] = []
    try {
      await Promise.all(stage.instances.map((instance) => instance.start()))
      stage.changes.start()
      const load = stage.startLoad(24)
      for (let times = 0; times < FAILOVERS; times += 1) {
        gone.push(primary)
        primary = await failOver(stage, primary, address)
        await gone.pop()?.remove()
      }
      await load.stop()
      const { violations, numbers } = await stage.check()
      report('failover to a synchronous replica', { seed: SEED, failovers: FAILOVERS, ...numbers, violations: violations.length })
      expect(violations).toEqual([])
      expect(numbers.accepted).toBeGreaterThan(FAILOVERS)
      expect(numbers.changes).toBeGreaterThan(FAILOVERS)
    } finally {
      await stage.close()
      await address.close()
      for (const server of [primary, ...gone]) await server.remove()
    }
  },
  120_000 + FAILOVERS * 60_000,
)

/** The primary stops for good, its address leads nowhere, the replica takes its place, and the address leads there. */
async function failOver({ instances, draw, history }: Stage, primary: PostgresServer, address: MovingAddress): Promise<PostgresServer> {
  const replica = await followOf(primary)
  await makeSynchronous(primary)
  await untilAnswered(history, 20, ['accepted'])
  await untilChanged(history, 2)
  await pause(draw() * 1_000)
  await primary.end(pick(draw, HOW))
  address.lead(undefined)
  await pause(draw() * 500)
  await promote(replica)
  address.lead(replica.port)
  await Promise.all(instances.map(untilReady))
  await untilAnswered(history, 100, ['accepted', 'refused'])
  return replica
}
