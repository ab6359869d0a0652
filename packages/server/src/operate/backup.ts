import { randomBytes } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite'
import type { Config } from '../config.ts'
import { digestOf, printHead, readHead } from './backup-file.ts'

export type BackedUp =
  | { outcome: 'made'; bytes: number; at: number }
  /** PostgreSQL has its own tools; this is what to run. */
  | { outcome: 'postgres'; command: string }
  | { outcome: 'no-database' }
  /** There is a file in that place that is no backup. */
  | { outcome: 'not-a-backup' }
  /** The copy does not hold together: the medium is to be looked at. */
  | { outcome: 'damaged' }

/**
 * Copies the embedded database, also while a server writes, into one file: whole or not at all, on disk when this returns, for its owner
 * alone. The keys are not in it: without them it opens nobody's token, and with them it does.
 */
export async function backup(config: Config, file: string, version: string, at: number): Promise<BackedUp> {
  if (config.databaseUrl !== undefined)
    return { outcome: 'postgres', command: `pg_dump --format=custom --exclude-table='portal_*' --file=${file} "$LATCHKEY_DATABASE_URL"` }
  if (!existsSync(config.databaseFile)) return { outcome: 'no-database' }
  if (existsSync(file) && (await readHead(file)) === undefined) return { outcome: 'not-a-backup' }
  // Two that are made at once, in containers perhaps whose numbers of processes are the same, know nothing of each other.
  const mine = `${file}.${randomBytes(6).toString('hex')}`
  const copy = `${mine}.copy`
  const whole = `${mine}.new`
  try {
    // The copy is for its owner alone from its first byte on.
    await (await open(copy, 'wx', 0o600)).close()
    await copyTo(config.databaseFile, copy)
    if (!holdsTogether(copy)) return { outcome: 'damaged' }
    const { sha256, bytes } = await digestOf(copy, 0)
    await writeWhole(whole, printHead({ at, version, engine: 'sqlite', bytes, sha256 }), copy)
    await rename(whole, file)
    await syncFolder(dirname(file))
    return { outcome: 'made', bytes, at }
  } finally {
    for (const rest of [copy, `${copy}-wal`, `${copy}-shm`, `${copy}-journal`, whole]) await rm(rest, { force: true })
  }
}

const ALL_PAGES = 2 ** 31 - 1

async function copyTo(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 10_000 })
  try {
    // In one step: between steps a write would make it begin again, and under load it would never end.
    await copyDatabase(source, to, { rate: ALL_PAGES })
  } finally {
    source.close()
  }
}

/** Whether a database file is one, and whole. */
export function holdsTogether(path: string): boolean {
  try {
    const file = new DatabaseSync(path)
    try {
      return file.prepare('pragma integrity_check').get()?.['integrity_check'] === 'ok'
    } finally {
      file.close()
    }
  } catch {
    return false
  }
}

async function writeWhole(path: string, head: Uint8Array, database: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(head)
    // Goes on where the head ended.
    await file.writeFile(createReadStream(database))
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes a rename in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
