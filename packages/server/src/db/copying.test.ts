import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startCopying } from './copying.ts'
import type { Database } from './database.ts'
import { openSqlite } from './sqlite.ts'
import { isCopied, makeTurns } from './turns.ts'

const PAGE = 4_096

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

/** Writes a hundred rows of a page in one transaction. */
async function write(db: Database, round: number): Promise<void> {
  const value = 'x'.repeat(PAGE)
  await db.transaction(async (tx) => {
    const values = Array.from({ length: 100 }, (_, number) => ({ name: `page-${(round % 30) * 100 + number}`, value: `${round}${value}` }))
    await tx
      .insertInto('facts')
      .values(values)
      .onConflict((conflict) => conflict.column('name').doUpdateSet((row) => ({ value: row.ref('excluded.value') })))
      .execute()
  })
}

/** What a log has in its head: another one each time that it begins anew. */
function headOf(path: string): string {
  return readFileSync(`${path}-wal`).subarray(16, 24).toString('hex')
}

test('the log begins anew while others write without a pause, and nothing is lost', async () => {
  const { folder, path, db, copying } = await openCopied()
  const heads = new Set<string>()
  for (let round = 0; round < 4_000 && heads.size < 3; round += 1) {
    await write(db, round)
    if (round % 30 === 29) heads.add(headOf(path))
  }
  expect(heads.size).toBe(3)
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
  for (let round = 0; round < 20; round += 1) await write(db, round)
  await copying.stop()
  if (process.platform === 'linux') expect(locksOn(path)).toBeGreaterThan(0)
  await db.close()
  rmSync(folder, { recursive: true })
})
