import type { Database } from '../db/database.ts'

/** A program that showed a good key. */
export type ApiKey = { id: string; name: string; scope: string }

/** For how long a key that was found is taken as good without a look into the database: what was revoked elsewhere ends within it. */
export const KNOWN_MS = 3_000

type Known = { key: ApiKey; until: number }
/** `revocations` grows with each: what was read before one is not remembered after it. */
type Memory = { keys: Map<string, Known>; revocations: number }
const MEMORIES = new WeakMap<Database, Memory>()

/** The keys that this process found lately, by a hash of each: only good ones, so that no flood of wrong ones fills it. */
export function memoryOf(db: Database): Memory {
  const memory = MEMORIES.get(db) ?? { keys: new Map(), revocations: 0 }
  MEMORIES.set(db, memory)
  return memory
}
