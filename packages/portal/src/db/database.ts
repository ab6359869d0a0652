import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** Where statements of one transaction go. */
export type Tx = Kysely<Schema>

export type Engine = 'sqlite' | 'postgres'

export type Database = {
  readonly engine: Engine
  /** For statements that stand alone. */
  readonly single: Kysely<Schema>
  /**
   * Runs `body` in one transaction, which is on disk when this resolves: a throw leaves nothing of it behind. One at a time, whichever
   * instance asks, so that of a logout and a sign-in at the same moment the later one sees the earlier.
   * @throws Error if the portal belongs to another issuer by now
   */
  readonly inTurn: <T>(body: (tx: Tx) => Promise<T>) => Promise<T>
  readonly close: () => Promise<void>
}
