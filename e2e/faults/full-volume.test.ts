import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { makePostgres, type PostgresServer } from './postgres-server.ts'
import { report } from './report.ts'
import { LONG, SEED } from './seed.ts'
import { openStage, type Stage } from './stage.ts'
import { untilAnswered, untilReady } from './until-ready.ts'

const ROUNDS = Number(process.env['LATCHKEY_ROUNDS'] ?? 20)
const FULL_FOR_MS = 4_000
const SIZES = { sqlite: '64m', postgres: '200m' } as const

const volumes = LONG && canMount()
if (LONG && !volumes) process.stderr.write('NOT TRIED: a volume that is really full needs Linux and root, to mount one\n')

describe.runIf(volumes)('a volume that is really full, again and again, under load', () => {
  test.each(['sqlite', 'postgres'] as const)(
    'what cannot be stored is refused, nothing is lost, and it goes on once there is room (%s)',
    async (engine) => {
      const volume = mountVolume(SIZES[engine])
      const postgres =
        engine === 'postgres' ? await makePostgres({ max_wal_size: '48MB', wal_keep_size: '0' }, '127.0.0.1', volume) : undefined
      await postgres?.start()
      const stage = await openStage({
        people: 1_000,
        instances: postgres === undefined ? [{}] : [{}, {}],
        ...(postgres === undefined ? { folder: volume } : { databaseUrl: postgres.url() }),
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
        unmount(volume)
      }
    },
    120_000 + ROUNDS * 90_000,
  )
})

/** Whether there was a moment at which nothing could be stored: a database has some room of its own. */
async function fillAndFree({ instances, history, draw }: Stage, volume: string, postgres: PostgresServer | undefined): Promise<number> {
  const [instance] = instances
  await untilAnswered(history, 100, ['accepted', 'refused'])
  await pause(draw() * 500)
  const filler = join(volume, 'filler')
  fill(filler)
  const since = performance.now()
  await pause(FULL_FOR_MS)
  if (instance?.running() !== true) throw new Error(`the server ended: ${instance?.printed()}`)
  const refused = history.attempts.some(({ outcome, sentAt }) => outcome === 'unknown' && sentAt > since)
  rmSync(filler)
  await postgres?.start()
  await Promise.all(instances.map(untilReady))
  return refused ? 1 : 0
}

function fill(path: string): void {
  const handle = openSync(path, 'w')
  const bytes = Buffer.alloc(65_536)
  try {
    for (let room = bytes.length; room > 0; ) {
      try {
        writeSync(handle, bytes, 0, room)
      } catch {
        room = Math.floor(room / 2)
      }
    }
  } finally {
    closeSync(handle)
  }
}

function canMount(): boolean {
  const volume = mkdtempSync(join(tmpdir(), 'latchkey-faults-volume-'))
  const can = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', volume]).status === 0
  if (can) spawnSync('umount', [volume])
  rmSync(volume, { recursive: true })
  return can
}

function mountVolume(size: string): string {
  const volume = mkdtempSync(join(tmpdir(), 'latchkey-faults-volume-'))
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', volume], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount: ${stderr}`)
  return volume
}

function unmount(volume: string): void {
  spawnSync('umount', [volume])
  rmSync(volume, { recursive: true })
}
