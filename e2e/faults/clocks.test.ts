import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makeDatabase } from '../../packages/server/test/world.ts'
import { report } from './report.ts'
import { LONG, SEED } from './seed.ts'
import { openStage } from './stage.ts'

const SECONDS = Number(process.env['LATCHKEY_SECONDS'] ?? (LONG ? 300 : 12))
/** A step has 30 seconds: most of the time the two are not in the same one. */
const SHIFTS_MS = [-10_000, 10_000]

test(
  'two servers whose clocks are 20 seconds apart, and the same codes at both: no step is accepted twice',
  async () => {
    const database = await makeDatabase()
    const stage = await openStage({
      people: LONG ? 4_000 : 400,
      instances: SHIFTS_MS.map((shiftMs) => ({ shiftMs })),
      databaseUrl: database.url,
    })
    try {
      await Promise.all(stage.instances.map((instance) => instance.start()))
      stage.changes.start()
      const load = stage.startLoad(32)
      await pause(SECONDS * 1_000)
      await load.stop()
      expect(await Promise.all(stage.instances.map((instance) => instance.readiness()))).toEqual(['ready\n', 'ready\n'])
      const { violations, numbers } = await stage.check()
      report('clocks 20 s apart', { seed: SEED, seconds: SECONDS, ...numbers, violations: violations.length })
      expect(violations).toEqual([])
      expect(numbers.accepted).toBeGreaterThan(100)
    } finally {
      await stage.close()
      await database.drop()
    }
  },
  120_000 + SECONDS * 2_000,
)
