import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ENDINGS, type Ending, makePostgres, type PostgresServer } from './postgres-server.ts'
import { report } from './report.ts'
import { LONG, pick, SEED } from './seed.ts'
import { openStage, type Stage } from './stage.ts'
import { untilAnswered, untilChanged, untilReady } from './until-ready.ts'

const STOPS = Number(process.env['LATCHKEY_STOPS'] ?? (LONG ? 100 : 3))
const HOW = Object.keys(ENDINGS) as Ending[]

test(
  'PostgreSQL stopped in every way and started again, under load from two servers: nothing that was acknowledged is lost, and both go on by themselves',
  async () => {
    const postgres = await makePostgres()
    await postgres.start()
    const stage = await openStage({ people: LONG ? 4_000 : 400, instances: [{}, {}], databaseUrl: postgres.url() })
    try {
      await Promise.all(stage.instances.map((instance) => instance.start()))
      stage.changes.start()
      const load = stage.startLoad(24)
      for (let stop = 0; stop < STOPS; stop += 1) await stopAndStart(stage, postgres, stop)
      await load.stop()
      const { violations, numbers } = await stage.check()
      report('PostgreSQL stopped and started', { seed: SEED, stops: STOPS, ...numbers, violations: violations.length })
      expect(violations).toEqual([])
      expect(numbers.accepted).toBeGreaterThan(STOPS)
      expect(numbers.unknown).toBeGreaterThan(STOPS)
      expect(numbers.changes).toBeGreaterThan(STOPS)
    } finally {
      await stage.close()
      await postgres.remove()
    }
  },
  60_000 + STOPS * 30_000,
)

async function stopAndStart({ instances, draw, history }: Stage, postgres: PostgresServer, stop: number): Promise<void> {
  await pause(200 + draw() * 1_000)
  await postgres.end(HOW[stop] ?? pick(draw, HOW))
  await pause(draw() * 1_500)
  await postgres.start()
  await Promise.all(instances.map(untilReady))
  await untilAnswered(history, 50, ['accepted', 'refused'])
  await untilChanged(history, 2)
}
