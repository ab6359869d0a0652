import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Disk, hasCompiler, NO_COMPILER, openDisk } from './disk.ts'
import { cutPower, type Note } from './power-cut.ts'
import { report } from './report.ts'
import { LONG, SEED } from './seed.ts'
import { openStage, type Stage } from './stage.ts'
import { untilChanged } from './until-ready.ts'

const CUTS = Number(process.env['LATCHKEY_CUTS'] ?? (LONG ? 200 : 5))

if (!hasCompiler) {
  if (LONG) throw new Error(NO_COMPILER)
  process.stderr.write(`${NO_COMPILER}\n`)
}

test.skipIf(!hasCompiler)(
  'power cuts under load, with the embedded database: what was not synced is gone, nothing that was acknowledged is',
  async () => {
    const disk = openDisk()
    const stage = await openStage({
      people: LONG ? 3_000 : 400,
      instances: [{}],
      preload: disk.environment,
    })
    try {
      disk.begin(stage.data)
      const load = stage.startLoad(32)
      for (let cut = 0; cut < CUTS; cut += 1) await liveAndCut(stage, disk)
      await stage.instances[0]?.start()
      await pause(500)
      await load.stop()
      const { violations, numbers } = await stage.check()
      report('power cuts, embedded database', { seed: SEED, cuts: CUTS, ...numbers, violations: violations.length })
      expect(violations).toEqual([])
      expect(numbers.accepted).toBeGreaterThan(CUTS)
      expect(numbers.changes).toBeGreaterThan(CUTS)
    } finally {
      await stage.close()
      disk.close()
    }
  },
  60_000 + CUTS * 20_000,
)

async function liveAndCut({ instances, changes, draw, data, history }: Stage, disk: Disk): Promise<void> {
  const [instance] = instances
  changes.start()
  if ((await instance?.start()) !== 'ready') throw new Error(`the server does not start after a cut: ${instance?.printed()}`)
  await untilChanged(history, 2)
  // Long enough, now and then, for the log to be copied back into the database.
  await pause(200 + (draw() < 0.8 ? draw() * 1_000 : draw() * 5_000))
  await Promise.all([instance?.end('SIGKILL'), changes.kill()])
  disk.cut(data, draw)
}

describe('what a cut leaves of the files', () => {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
  const note = (at: number, kind: Note['kind'], offset: number, data = '', path = '/d/f'): Note => ({
    kind,
    at,
    path,
    offset,
    data: bytes(data),
  })
  const leftOf = (notes: readonly Note[], luck: number, before = new Map([['f', bytes('old')]])): Record<string, string> =>
    Object.fromEntries([...cutPower(before, notes, () => luck)].map(([name, left]) => [name, Buffer.from(left).toString()]))

  test('what was synced before it began is there; what came after is not, or is', () => {
    const notes = [note(0, 'write', 0, 'NEW'), note(10, 'sync', 10), note(20, 'write', 3, '!')]
    expect(leftOf(notes, 0)).toEqual({ f: 'NEW' })
    expect(leftOf(notes, 0.5)).toEqual({ f: 'NEW!' })
    expect(leftOf([note(0, 'write', 0, 'NEW'), note(10, 'sync', 0)], 0)).toEqual({ f: 'old' })
    expect(leftOf([note(0, 'truncate', 1), note(10, 'sync', 10)], 0)).toEqual({ f: 'o' })
  })

  test('what a failed sync lost is lost, though a later one succeeds', () => {
    const notes = [note(0, 'write', 0, 'NEW'), note(10, 'lose', 10), note(20, 'write', 3, '!'), note(30, 'sync', 30)]
    expect(leftOf(notes, 0)).toEqual({ f: 'old!' })
  })

  test('a file has its name once its folder is synced, and its contents once it is', () => {
    const made = [note(0, 'create', 0, '', '/d/g'), note(10, 'write', 0, 'g', '/d/g'), note(20, 'sync', 20, '', '/d/g')]
    expect(leftOf(made, 0)).toEqual({ f: 'old' })
    expect(leftOf([...made, note(30, 'sync-folder', 30, '', '/d')], 0)).toEqual({ f: 'old', g: 'g' })
    expect(leftOf([note(0, 'remove', 0)], 0)).toEqual({ f: 'old' })
    expect(leftOf([note(0, 'remove', 0), note(10, 'sync-folder', 10, '', '/d')], 0)).toEqual({})
  })

  test('of a long write some sectors are there and others are not', () => {
    const draws = [0, 0.9, 0.1, 0.9]
    const left = cutPower(new Map([['f', bytes('x'.repeat(1_536))]]), [note(0, 'write', 0, 'y'.repeat(1_536))], () => draws.shift() ?? 0.1)
    expect(Buffer.from(left.get('f') ?? []).toString()).toBe(['y', 'x', 'y'].map((symbol) => symbol.repeat(512)).join(''))
  })
})
