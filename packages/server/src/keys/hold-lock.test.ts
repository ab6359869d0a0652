import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { holdLock } from './hold-lock.ts'

const MODULE = join(import.meta.dirname, 'hold-lock.ts')
/** Whether another process can have it alone: in this one the library knows of its own locks. */
function isFree(file: string): boolean {
  const script = `import { holdLock } from ${JSON.stringify(MODULE)}; process.exit(holdLock(${JSON.stringify(file)}, 'alone') === undefined ? 3 : 4)`
  return spawnSync(process.execPath, ['--input-type=module', '-e', script]).status === 4
}

test('a process holds a shared lock until the last of its threads has released it', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'latchkey-lock-')), 'in-use.lock')
  const [first, second] = [holdLock(file, 'shared'), holdLock(file, 'shared')]
  expect(isFree(file)).toBe(false)
  second?.release()
  expect(isFree(file)).toBe(false)
  first?.release()
  expect(isFree(file)).toBe(true)
})
