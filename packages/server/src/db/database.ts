import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'
import type { Statement, Value } from './statement.ts'
import type { Turns } from './turns.ts'

export type Engine = 'sqlite' | 'postgres'
/** Inside a transaction: what is read here is what will be committed. */
export type Tx = Kysely<Schema>

/** PostgreSQL's, for many at once: on connections of their own, by plans that are made once. */
export type Batch = {
  /** Runs one statement, in a transaction of its own. */
  readonly run: <Row extends object>(statement: Statement<Row>, ...parameters: readonly Value[]) => Promise<Row[]>
  /** As the database's, but never run again: a row that somebody else holds fails it soon, so that none of the many waits long for another. */
  readonly transaction: <T>(body: (tx: Tx) => Promise<T>) => Promise<T>
}

export type Database = {
  readonly engine: Engine
  /** The embedded database's: another thread that opens the same file takes turns with this one. */
  readonly turns?: Turns
  /** Reads what is committed. Never for a decision that a secret's use depends on: that is a guarded UPDATE in a transaction. */
  readonly read: Kysely<Schema>
  /**
   * Runs `body` in one transaction and resolves when it is on disk. A refusal that `body` returns commits; what it throws rolls back.
   * `body` awaits nothing but `tx`: others wait for it. It may run again after a deadlock, so it has no effect beside `tx`.
   */
  readonly transaction: <T>(body: (tx: Tx) => Promise<T>) => Promise<T>
  readonly batch?: Batch
  readonly close: () => Promise<void>
}
