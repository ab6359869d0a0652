import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { instances } from '@latchkey/server/keys/announce'
import { afterEach, expect, test, vi } from 'vitest'
import { runOnData } from '../src/administration/run.ts'

afterEach(() => vi.unstubAllEnvs())

test('a rotation of the keys waits for a command that is under way, unless it is the command', async () => {
  vi.stubEnv('LATCHKEY_DATA', join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'data'))
  const alive: number[] = []
  const look = (waitedFor: boolean) =>
    runOnData(
      { json: true },
      async (context) => {
        alive.push((await instances(context)).length)
        return { ok: true, json: {}, lines: [] }
      },
      { waitedFor },
    )
  await look(true)
  await look(false)
  await look(true)
  expect(alive).toEqual([1, 0, 1])
})
