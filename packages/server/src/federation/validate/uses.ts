import type { Database } from '../../db/database.ts'
import type { Uses } from './rules.ts'

const KNOWN = new WeakMap<Database, Uses>()

/** What each API key asks of this process, by whichever door. */
export function usesOf(db: Database): Uses {
  const uses: Uses = KNOWN.get(db) ?? new Map()
  KNOWN.set(db, uses)
  return uses
}
