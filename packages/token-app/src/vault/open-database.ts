import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'

/** `keys`: platform keys by their id. `known`: the names of the identities, so that a loss can be told as a loss; nothing of it is secret. */
type Stores = DBSchema & {
  keys: { key: string; value: CryptoKey }
  known: { key: SerialNumber; value: string }
}
export type VaultDatabase = IDBPDatabase<Stores>

const NAME = 'latchkey'
const VERSION = 1

export function openDatabase(): Promise<VaultDatabase> {
  return openDB<Stores>(NAME, VERSION, {
    upgrade: (database) => {
      database.createObjectStore('keys')
      database.createObjectStore('known')
    },
    blocking: (_from, _to, event) => {
      // A newer version of the app waits for it.
      if (event.target instanceof IDBDatabase) event.target.close()
    },
  })
}
