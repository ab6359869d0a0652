import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'

/**
 * `keys` by key id in hexadecimal; `known` are the labels of identities that are, or were, here, and null for those that were taken off that list.
 * Neither is anything else.
 */
interface VaultDatabase extends DBSchema {
  keys: { key: string; value: CryptoKey }
  known: { key: SerialNumber; value: string | null }
}
export type Database = IDBPDatabase<VaultDatabase>

let opened: Promise<Database> | undefined

/** The one connection of this worker; opened again if the browser takes it away. */
export function openDatabase(): Promise<Database> {
  opened ??= connect().catch((error: unknown) => {
    opened = undefined
    throw error
  })
  return opened
}

function connect(): Promise<Database> {
  return openDB<VaultDatabase>('latchkey', 1, {
    upgrade: (database) => {
      database.createObjectStore('keys')
      database.createObjectStore('known')
    },
    // Another tab wants to delete or to renew the database: this one does not stand in its way.
    blocking: (_from, _to, event) => {
      opened = undefined
      if (event.target instanceof IDBDatabase) event.target.close()
    },
    terminated: () => {
      opened = undefined
    },
  })
}
