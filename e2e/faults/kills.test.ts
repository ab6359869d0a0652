import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { makeDatabase } from '../../packages/server/test/world.ts'
import type { Instance } from './instance.ts'
import { report } from './report.ts'
import { LONG, SEED } from './seed.ts'
import { openStage, type Stage } from './stage.ts'
import { untilChanged } from './until-ready.ts'

const KILLS = Number(process.env['LATCHKEY_KILLS'] ?? (LONG ? 1_000 : 12))
const PEOPLE = LONG ? 4_000 : 400
const AT_ONCE = 32
/** As long as a start takes, and a little more: a kill may come before there is anything to kill. */
const START_MS = 600

describe.each([
  { engine: 'sqlite', servers: 1 },
  { engine: 'postgres', servers: 2 },
] as const)('kill -9 at random moments under load ($engine)', ({ engine, servers }) => {
  test(
    'no step is accepted twice, and nothing that was acknowledged is lost',
    async () => {
      const database = engine === 'postgres' ? await makeDatabase() : undefined
      const stage = await openStage({
        people: PEOPLE,
        instances: Array.from({ length: servers }, () => ({})),
        ...(database === undefined ? {} : { databaseUrl: database.url }),
      })
      try {
        await Promise.all(stage.instances.map((instance) => instance.start()))
        stage.changes.start()
        const load = stage.startLoad(AT_ONCE)
        const kills = await killAgainAndAgain(stage)
        await pause(500)
        await untilChanged(stage.history, 2)
        await load.stop()
        const checked = await stage.check()
        report(`kill -9 on ${engine}`, { seed: SEED, kills, ...checked.numbers, violations: checked.violations.length })
        expect(checked.violations).toEqual([])
        expect(kills).toBeGreaterThanOrEqual(KILLS)
        // A run in which little was answered would prove little.
        expect(checked.numbers.accepted).toBeGreaterThan(KILLS)
        expect(checked.numbers.unknown).toBeGreaterThan(KILLS / 2)
        expect(checked.numbers.changes).toBeGreaterThan(KILLS / 2)
      } finally {
        await stage.close()
        await database?.drop()
      }
    },
    60_000 + KILLS * 5_000,
  )
})

/** Each server is killed again and again, some starts before they are done; now and then the process that makes changes is killed as well. */
async function killAgainAndAgain(stage: Stage): Promise<number> {
  let kills = 0
  const killing = stage.instances.map(async (instance, index) => {
    while (kills < KILLS) {
      await pause(lifeOf(stage.draw))
      if (index === 0 && stage.draw() < 0.1) {
        await stage.changes.kill()
        stage.changes.start()
      }
      const more = await killOnce(instance, stage.draw)
      if (LONG && Math.floor((kills + more) / 100) > Math.floor(kills / 100)) process.stderr.write(`${kills + more} kills\n`)
      kills += more
    }
  })
  await Promise.all(killing)
  return kills
}

async function killOnce(instance: Instance, draw: () => number): Promise<number> {
  if (!instance.running()) throw new Error(`a server ended by itself: ${instance.printed()}`)
  await instance.end('SIGKILL')
  let kills = 1
  // A start that is killed is followed by another.
  while (draw() < 0.15 && kills < KILLS) {
    const starting = instance.start()
    await pause(draw() * START_MS)
    await instance.end('SIGKILL')
    await starting
    kills += 1
  }
  if ((await instance.start()) === 'ended') throw new Error(`a server did not start: ${instance.printed()}`)
  return kills
}

/** Mostly short, so that first requests are met; now and then long enough for everything that a server does by itself. */
function lifeOf(draw: () => number): number {
  return draw() < 0.85 ? draw() * 500 : draw() * 2_500
}
