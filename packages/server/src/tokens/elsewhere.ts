import type { Database } from '../db/database.ts'
import type { KeySetId } from '../ids.ts'
import type { Ask } from './accept-at-once.ts'
import type { Taking } from './ready-store.ts'
import type { Validated } from './validate-code.ts'

/** What is done for bare doors with the embedded database, in another thread where there is one. */
export type Elsewhere = {
  /** `takeAll` */
  readonly take: (takings: readonly Taking[], at: number) => Promise<ReadonlySet<KeySetId>>
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
