import { createReadStream, existsSync, linkSync, mkdirSync, renameSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Config } from '../config.ts'
import type { Caller } from '../context.ts'
import type { Database } from '../db/database.ts'
import { openDatabase } from '../db/open.ts'
import { keyIds, keySourceOf, loadKeys } from '../keys/load-keys.ts'
import { keyIdsIn } from '../keys/reseal.ts'
import { SEALED_COLUMNS } from '../keys/sealed-columns.ts'
import { holdsTogether, syncFolder } from './backup.ts'
import { digestOf, type Head, readHead } from './backup-file.ts'
import { type Ended, markRestored } from './mark-restored.ts'
import { holdData, KEYS_CHECK } from './open-context.ts'

export type Restored =
  /** `aside`: where the database that was there is now. */
  | { outcome: 'restored'; madeAt: number; ended: Ended; aside: string | undefined }
  /** A server, or another command, works on the data. */
  | { outcome: 'in-use' }
  | { outcome: 'not-a-backup' }
  | { outcome: 'damaged' }
  /** There is a database already, and `force` was not said. */
  | { outcome: 'database-there' }
  /** The keys that are here are not those of this backup. */
  | { outcome: 'wrong-keys' }
  | { outcome: 'postgres' }

/**
 * Puts a backup into the place of the database. Everything is looked at, and made safe to go on with, beside it first: whatever is
 * refused, or fails, or is killed, leaves the database as it was. @throws KeysUnavailable, DatabaseNewer
 */
export async function restore(config: Config, by: Caller, file: string, { force, at }: { force: boolean; at: number }): Promise<Restored> {
  if (config.databaseUrl !== undefined) return { outcome: 'postgres' }
  const held = holdData(config, 'alone')
  if (held === undefined) return { outcome: 'in-use' }
  try {
    if (existsSync(config.databaseFile) && !force) return { outcome: 'database-there' }
    const read = await readHead(file)
    if (read === undefined) return { outcome: 'not-a-backup' }
    return await restoreFrom(config, by, file, read, at)
  } finally {
    held.release()
  }
}

async function restoreFrom(
  config: Config,
  by: Caller,
  file: string,
  { head, begins }: { head: Head; begins: number },
  at: number,
): Promise<Restored> {
  const beside = `${config.databaseFile}.restoring`
  await removeDatabase(beside)
  try {
    await extract(file, begins, beside)
    const { sha256, bytes } = await digestOf(beside, 0)
    if (sha256 !== head.sha256 || bytes !== head.bytes || !holdsTogether(beside)) return { outcome: 'damaged' }
    const ended = await makeSafe(config, by, beside, at)
    if (ended === undefined) return { outcome: 'wrong-keys' }
    const aside = await replaceDatabase(config.databaseFile, beside, at)
    return { outcome: 'restored', madeAt: head.at, ended, aside }
  } finally {
    await removeDatabase(beside)
  }
}

async function extract(file: string, begins: number, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
  const handle = await open(to, 'wx', 0o600)
  try {
    await handle.writeFile(createReadStream(file, { start: begins }))
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Undefined if the keys are not the backup's. */
async function makeSafe(config: Config, by: Caller, beside: string, at: number): Promise<Ended | undefined> {
  const db = await openDatabase({ databaseUrl: undefined, file: beside })
  try {
    return (await keysFit(config, db)) ? await markRestored({ db, now: () => at }, by) : undefined
  } finally {
    await db.close()
  }
}

/** Whether every value opens with the keys that are here. */
export async function keysFit(config: Config, db: Database): Promise<boolean> {
  const source = keySourceOf(config)
  const keys = loadKeys(source, false)
  const check = await db.read.selectFrom('facts').select('value').where('name', '=', KEYS_CHECK).executeTakeFirst()
  if (check !== undefined && check.value !== keys.hash(KEYS_CHECK, '')) return false
  const here = new Set(keyIds(source))
  for (const column of SEALED_COLUMNS) {
    if ((await keyIdsIn(db.read, column)).some((id) => !here.has(id))) return false
  }
  return true
}

/** At no moment is there no database; what was there stays under another name. */
async function replaceDatabase(place: string, fresh: string, at: number): Promise<string | undefined> {
  const aside = existsSync(place) ? `${place}.before-restore-${new Date(at).toISOString().replaceAll(':', '-')}` : undefined
  if (aside !== undefined) {
    emptyWal(place)
    // A log of the old database beside the new one would be played into it.
    for (const part of ['-wal', '-shm']) if (existsSync(`${place}${part}`)) renameSync(`${place}${part}`, `${aside}${part}`)
    linkSync(place, aside)
  }
  renameSync(fresh, place)
  await syncFolder(dirname(place))
  return aside
}

/** What cannot be opened any more keeps its log beside it. */
function emptyWal(place: string): void {
  try {
    const old = new DatabaseSync(place)
    try {
      old.exec('pragma wal_checkpoint(truncate)')
    } finally {
      old.close()
    }
  } catch {
    return
  }
}

async function removeDatabase(path: string): Promise<void> {
  for (const part of ['', '-wal', '-shm', '-journal']) await rm(`${path}${part}`, { force: true })
}
