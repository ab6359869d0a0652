import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'

/** Statements of one connection, each prepared once. */
export type Prepared = (sql: string) => { statement: StatementSync; reads: boolean }

/** Kysely over one connection of `node:sqlite`. Whoever shares the connection takes turns. */
export function sqliteDialect(prepare: Prepared): Dialect {
  const connection = connectionOver(prepare)
  return {
    createAdapter: () => new TransactionalDdl(),
    createDriver: () => driverOf(connection),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** In SQLite a CREATE TABLE rolls back like anything else. */
class TransactionalDdl extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

function driverOf(connection: DatabaseConnection): Driver {
  const run = async (sql: string): Promise<void> => {
    await connection.executeQuery(CompiledQuery.raw(sql))
  }
  return {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: () => run('begin immediate'),
    commitTransaction: () => run('commit'),
    rollbackTransaction: () => run('rollback'),
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  }
}

/** Prepares statements once each. */
export function preparedOn(file: DatabaseSync): Prepared {
  const prepared = new Map<string, ReturnType<Prepared>>()
  return (sql) => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const statement = file.prepare(sql)
    const entry = { statement, reads: statement.columns().length > 0 }
    prepared.set(sql, entry)
    return entry
  }
}

function connectionOver(prepare: Prepared): DatabaseConnection {
  return {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { statement, reads } = prepare(sql)
      // Kysely's promise of row types is the schema's; the engine's rows are what the schema says.
      if (reads) return { rows: statement.all(...valuesOf(parameters)) as R[] }
      const { changes, lastInsertRowid } = statement.run(...valuesOf(parameters))
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    },
    streamQuery() {
      throw new Error('rows are read at once, not streamed')
    },
  }
}

/** @throws TypeError for what this engine does not store */
export function valuesOf(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value
    if (value instanceof Uint8Array) return value
    throw new TypeError(`a value of type ${typeof value} cannot be stored`)
  })
}
