import { existsSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { openDatabase } from '../db/open.ts'
import { syncFolder } from './backup.ts'
import { copyRows, countRows, forgetProgress, isSame, NAMES, saveFact } from './move-rows.ts'
import { findFact, holdData, KEYS_CHECK, MOVING } from './open-context.ts'

export type Moved =
  /** `aside`: where the embedded database is now, as it was. */
  | { outcome: 'moved'; rows: number; aside: string }
  /** The setting does not name a PostgreSQL database. */
  | { outcome: 'no-target' }
  | { outcome: 'no-database' }
  /** A server, or another command, works on the data. */
  | { outcome: 'in-use' }
  /** There is something in the new database that did not come from here. */
  | { outcome: 'not-empty' }
  /** What is there now is not what was copied: the embedded database stays in its place. */
  | { outcome: 'differs'; table: string }

/** Rows of a table that are there, of how many. */
export type OnMoved = (table: string, rows: number, of: number) => void

/**
 * Moves everything from the embedded database to PostgreSQL while no server runs, compares row by row, then puts the embedded one aside. What was
 * interrupted goes on where it was when it is run again; until all is there and compared, the embedded database is the one that counts.
 */
export async function migrateDatabase(config: Config, at: number, onMoved: OnMoved = () => undefined): Promise<Moved> {
  if (config.databaseUrl === undefined) return { outcome: 'no-target' }
  if (!existsSync(config.databaseFile)) return { outcome: 'no-database' }
  const held = holdData(config, 'alone')
  if (held === undefined) return { outcome: 'in-use' }
  try {
    const moved = await withBoth(config, (from, to) => move(from, to, onMoved))
    if (moved.outcome !== 'moved') return moved
    return { ...moved, aside: await putAside(config.databaseFile, at) }
  } finally {
    held.release()
  }
}

async function withBoth<T>({ databaseUrl, databaseFile }: Config, work: (from: Database, to: Database) => Promise<T>): Promise<T> {
  const from = await openDatabase({ databaseUrl: undefined, file: databaseFile })
  try {
    const to = await openDatabase({ databaseUrl, file: databaseFile })
    try {
      return await work(from, to)
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}

type Compared = { outcome: 'moved'; rows: number } | Exclude<Moved, { outcome: 'moved' }>

async function move(from: Database, to: Database, onMoved: OnMoved): Promise<Compared> {
  if (!(await claim(from, to))) return { outcome: 'not-empty' }
  let rows = 0
  for (const name of NAMES) {
    const of = await countRows(from, name)
    await copyRows(from, to, name, (copied) => onMoved(name, copied, of))
    rows += of
  }
  for (const name of NAMES) {
    if (!(await isSame(from, to, name))) return { outcome: 'differs', table: name }
  }
  await to.transaction(async (tx) => {
    await forgetProgress(tx)
    await tx.deleteFrom('facts').where('name', '=', MOVING).execute()
  })
  return { outcome: 'moved', rows }
}

/** Whether the new database is empty, or is being filled from this one. */
async function claim(from: Database, to: Database): Promise<boolean> {
  const whose = (await findFact(from, KEYS_CHECK)) ?? ''
  const moving = await findFact(to, MOVING)
  if (moving !== undefined) return moving === whose
  for (const name of NAMES) if (name !== 'realms' && (await countRows(to, name)) > 0) return isAllSame(from, to)
  await to.transaction((tx) => saveFact(tx, MOVING, whose))
  return true
}

/** All was there and compared, and the embedded database not yet put aside, when it was interrupted. */
async function isAllSame(from: Database, to: Database): Promise<boolean> {
  for (const name of NAMES) if (!(await isSame(from, to, name))) return false
  return true
}

/** A server that is started on it by mistake would take codes that were used since. */
async function putAside(file: string, at: number): Promise<string> {
  const aside = `${file}.moved-${new Date(at).toISOString().replaceAll(':', '-')}`
  for (const part of ['-wal', '-shm']) if (existsSync(`${file}${part}`)) renameSync(`${file}${part}`, `${aside}${part}`)
  renameSync(file, aside)
  await syncFolder(dirname(file))
  return aside
}
