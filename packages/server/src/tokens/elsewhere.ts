import type { Database } from '../db/database.ts'
import type { Accepted, Ask, Read } from './accept-at-once.ts'
import type { Validated } from './validate-code.ts'

/** What is done for bare doors with the embedded database, in another thread where there is one. */
export type Elsewhere = {
  /** `acceptRead` */
  readonly accept: (reads: readonly Read[], at: number) => Promise<readonly (Accepted | undefined)[]>
  /** `judgeAtDoor` */
  readonly judge: (ask: Ask) => Promise<Validated>
}
const OTHERS = new WeakMap<Database, Elsewhere>()

export function elsewhere(db: Database): Elsewhere | undefined {
  return OTHERS.get(db)
}

export function leaveElsewhere(db: Database, other: Elsewhere): void {
  OTHERS.set(db, other)
}
