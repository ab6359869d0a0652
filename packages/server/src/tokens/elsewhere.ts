import type { Database } from '../db/database.ts'
import type { Ask } from './accept-at-once.ts'
import type { Validated } from './validate-code.ts'

/** `validate` of `validate-at-door.ts`, in another thread where there is one: for the embedded database. */
export type Elsewhere = (ask: Ask) => Promise<Validated>
const OTHERS = new WeakMap<Database, Elsewhere>()

export function elsewhere(db: Database): Elsewhere | undefined {
  return OTHERS.get(db)
}

export function leaveElsewhere(db: Database, other: Elsewhere): void {
  OTHERS.set(db, other)
}
