import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

/** How long a process waits for the others: longer than any of them holds the vault. */
const PATIENCE_MS = 60_000
const POLL_MS = 15
const SQLITE_BUSY = 5

/** Nobody else could be waited for any longer. */
export class VaultBusy extends Error {}

/**
 * Runs `work` while no other process does, by an operating system's file lock, which a kill gives back at once. SQLite takes it:
 * an exclusive transaction on an empty database that nothing is ever written to (docs/decisions/0005).
 * @throws VaultBusy if another process keeps the vault busy for a minute; an error of SQLite if the folder cannot be written
 */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  closeSync(openSync(join(folder, 'lock'), 'a', 0o600))
  const lock = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  try {
    await take(lock)
    return await work()
  } finally {
    lock.close()
  }
}

async function take(lock: DatabaseSync): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      lock.exec('BEGIN EXCLUSIVE')
      return
    } catch (error) {
      if (!isBusy(error)) throw error
      if (performance.now() > giveUpAt) throw new VaultBusy('another latchkey has been using it for a minute', { cause: error })
    }
    await pause(POLL_MS)
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}
