import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startCopying } from './copying.ts'
import type { Database } from './database.ts'
import { openSqlite } from './sqlite.ts'
import { isCopied, makeTurns } from './turns.ts'

const PAGE = 4_096
/** Twice as long as a log that is to begin anew: the disk may be slow, and others wrote meanwhile. */
const LONGEST = 16_000

/** An embedded database whose log is copied back by the thread. */
async function openCopied() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-copying-'))
  const path = join(folder, 'latchkey.db')
  const turns = makeTurns()
  const db = await openSqlite(path, turns)
  const copying = startCopying(path, turns)
  await expect.poll(() => isCopied(turns), { timeout: 30_000 }).toBe(true)
  return { folder, path, db, copying }
}

/** Writes rows of a page without a pause, in transactions of a hundred. */
async function write(db: Database, rows: number): Promise<void> {
  const value = 'x'.repeat(PAGE)
  for (let written = 0; written < rows; written += 100)
    await db.transaction(async (tx) => {
      const values = Array.from({ length: 100 }, (_, number) => ({
        name: `page-${(written + number) % 3_000}`,
        value: `${written}${value}`,
      }))
      await tx
        .insertInto('facts')
        .values(values)
        .onConflict((conflict) => conflict.column('name').doUpdateSet((row) => ({ value: row.ref('excluded.value') })))
        .execute()
    })
}

test('the log stays short while others write without a pause, and nothing is lost', async () => {
  const { folder, path, db, copying } = await openCopied()
  await write(db, 120_000)
  expect(statSync(`${path}-wal`).size).toBeLessThan(LONGEST * PAGE)
  await copying.stop()
  await db.close()
  const again = await openSqlite(path)
  const { length } = await again.read.selectFrom('facts').select('name').where('name', 'like', 'page-%').execute()
  expect(length).toBe(3_000)
  await again.close()
  rmSync(folder, { recursive: true })
})

/** The locks of this process on a file, as Linux lists them. */
function locksOn(path: string): number {
  const { ino } = statSync(path)
  const lines = readFileSync('/proc/locks', 'utf8').split('\n')
  return lines.filter((line) => line.includes(`:${ino} `) && line.includes(` ${process.pid} `)).length
}

test('the end of the thread leaves the locks of those who have the file open', async () => {
  const { folder, path, db, copying } = await openCopied()
  await write(db, 2_000)
  await copying.stop()
  if (process.platform === 'linux') expect(locksOn(path)).toBeGreaterThan(0)
  await db.close()
  rmSync(folder, { recursive: true })
})
