import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Disk, hasCompiler, NO_COMPILER, openDisk } from './disk.ts'
import type { Instance } from './instance.ts'
import { makePostgres, type PostgresServer } from './postgres-server.ts'
import { report } from './report.ts'
import { LONG, SEED } from './seed.ts'
import { openStage, type Stage } from './stage.ts'
import { untilAnswered, untilReady } from './until-ready.ts'
import { canMount, mountVolume, NO_VOLUMES, type Volume } from './volume.ts'

const ROUNDS = Number(process.env['LATCHKEY_ROUNDS'] ?? (LONG ? 20 : 1))
const UNREADY_WITHIN_MS = 20_000

if (!hasCompiler) {
  if (LONG) throw new Error(NO_COMPILER)
  process.stderr.write(`${NO_COMPILER}\n`)
}
const FULL_FOR_MS = 4_000
const SIZES = { sqlite: '64m', postgres: '200m' } as const
const volumes = LONG && canMount()
if (LONG && !volumes) process.stderr.write(`${NO_VOLUMES}\n`)

test.skipIf(!hasCompiler).each(['full', 'read-only', 'sync'] as const)(
  'a disk that fails (%s) under load: what cannot be stored is refused and said, then it goes on by itself, and a power cut loses nothing',
  async (how) => {
    const disk = openDisk()
    const stage = await openStage({ people: LONG ? 3_000 : 400, instances: [{}], preload: disk.environment })
    try {
      disk.begin(stage.data)
      const load = stage.startLoad(16)
      for (let round = 0; round < ROUNDS; round += 1) await failAndHeal(stage, disk, how)
      await stage.instances[0]?.start()
      await load.stop()
      const { violations, numbers } = await stage.check()
      report(`disk fails (${how}), embedded database`, { seed: SEED, times: ROUNDS, ...numbers, violations: violations.length })
      expect(violations).toEqual([])
      expect(numbers.accepted).toBeGreaterThan(ROUNDS)
    } finally {
      await stage.close()
      disk.close()
    }
  },
  120_000 + ROUNDS * 60_000,
)

async function failAndHeal(
  { instances: [instance], changes, history, draw, data }: Stage,
  disk: Disk,
  how: 'full' | 'read-only' | 'sync',
): Promise<void> {
  if (instance === undefined) throw new Error('there is no server')
  if ((await instance.start()) !== 'ready') throw new Error(`the server does not start after a cut: ${instance.printed()}`)
  changes.start()
  await untilAnswered(history, 100, ['accepted', 'refused'])
  await pause(draw() * 300)
  disk.fail(how)
  await untilUnready(instance)
  const since = performance.now()
  await pause(200 + draw() * 1_000)
  const meanwhile = history.attempts.filter(({ outcome, sentAt }) => outcome === 'accepted' && sentAt > since)
  // On a full disk there may be room for little things.
  if (how !== 'full') expect(meanwhile).toEqual([])
  disk.fail('not')
  await untilReady(instance)
  await untilAnswered(history, 50, ['accepted', 'refused'])
  expect(instance.printed()).toContain('a request of a program failed')
  await Promise.all([instance.end('SIGKILL'), changes.kill()])
  disk.cut(data, draw)
}

async function untilUnready(instance: Instance): Promise<void> {
  const until = performance.now() + UNREADY_WITHIN_MS
  while (performance.now() < until) {
    if (!instance.running()) throw new Error(`the server ended: ${instance.printed()}`)
    if ((await instance.readiness()) === 'not ready: database\n') return
    await pause(50)
  }
  throw new Error('the server says that it is ready, on a disk that fails')
}

if (LONG)
  describe.skipIf(!volumes)('a volume that is really full, again and again, under load', () => {
    test.each(['sqlite', 'postgres'] as const)(
      'what cannot be stored is refused, nothing is lost, and it goes on once there is room (%s)',
      async (engine) => {
        const volume = mountVolume(SIZES[engine])
        const postgres =
          engine === 'postgres' ? await makePostgres({ max_wal_size: '48MB', wal_keep_size: '0' }, '127.0.0.1', volume.path) : undefined
        await postgres?.start()
        const stage = await openStage({
          people: 1_000,
          instances: postgres === undefined ? [{}] : [{}, {}],
          ...(postgres === undefined ? { folder: volume.path } : { databaseUrl: postgres.url() }),
        })
        try {
          await Promise.all(stage.instances.map((instance) => instance.start()))
          stage.changes.start()
          const load = stage.startLoad(16)
          let refusals = 0
          for (let round = 0; round < ROUNDS; round += 1) refusals += await fillAndFree(stage, volume, postgres)
          await load.stop()
          const { violations, numbers } = await stage.check()
          report(`volume full, ${engine}`, {
            seed: SEED,
            times: ROUNDS,
            'times refused': refusals,
            ...numbers,
            violations: violations.length,
          })
          expect(violations).toEqual([])
          expect(refusals).toBeGreaterThan(0)
        } finally {
          await stage.close()
          await postgres?.remove()
          volume.close()
        }
      },
      120_000 + ROUNDS * 90_000,
    )
  })

/** Whether there was a moment at which nothing could be stored: a database has some room of its own. */
async function fillAndFree({ instances, history, draw }: Stage, volume: Volume, postgres: PostgresServer | undefined): Promise<number> {
  const [instance] = instances
  await untilAnswered(history, 100, ['accepted', 'refused'])
  await pause(draw() * 500)
  volume.fill()
  const since = performance.now()
  await pause(FULL_FOR_MS)
  if (instance?.running() !== true) throw new Error(`the server ended: ${instance?.printed()}`)
  const refused = history.attempts.some(({ outcome, sentAt }) => outcome === 'unknown' && sentAt > since)
  volume.free()
  await postgres?.start()
  await Promise.all(instances.map(untilReady))
  return refused ? 1 : 0
}
