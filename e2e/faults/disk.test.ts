import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Disk, hasCompiler, NO_COMPILER, openDisk } from './disk.ts'
import type { Instance } from './instance.ts'
import { report } from './report.ts'
import { LONG, SEED } from './seed.ts'
import { openStage, type Stage } from './stage.ts'
import { untilAnswered, untilReady } from './until-ready.ts'

const ROUNDS = Number(process.env['LATCHKEY_ROUNDS'] ?? (LONG ? 20 : 1))
const UNREADY_WITHIN_MS = 20_000

if (!hasCompiler) {
  if (LONG) throw new Error(NO_COMPILER)
  process.stderr.write(`${NO_COMPILER}\n`)
}

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
