import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Held until it is released, or the process ends, however it does. */
export type Held = { readonly release: () => void }

/**
 * Takes an operating system's lock on a file: shared with others that share it, or alone. SQLite takes it, on an empty database
 * (docs/decisions/0005). Undefined if others are in the way, at once or after `patienceMs`.
 */
export function holdLock(file: string, way: 'shared' | 'alone', patienceMs = 0): Held | undefined {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  makeIfMissing(file)
  const lock = new DatabaseSync(file, { timeout: patienceMs })
  try {
    // A read inside a transaction keeps the shared lock until the transaction ends.
    if (way === 'alone') lock.exec('begin exclusive')
    else lock.exec('begin; select count(*) from sqlite_master')
    return { release: () => lock.close() }
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined
    throw error
  }
}

/** Never opened where it is there: whoever closes a file gives back all locks of the process on it, whichever of its threads took them. */
function makeIfMissing(file: string): void {
  try {
    closeSync(openSync(file, 'ax', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

const SQLITE_BUSY = 5
