import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
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

export type Row = Record<string, SQLOutputValue>
export type Changed = ReturnType<StatementSync['run']>
/** One that is prepared. `@throws` TypeError for parameters that this engine does not store. */
export type PreparedStatement = {
  /** Whether it gives rows. */
  readonly reads: boolean
  readonly rows: (parameters: readonly unknown[]) => Row[]
  readonly change: (parameters: readonly unknown[]) => Changed
}
/** Statements of one connection, each prepared once. */
export type Prepared = (sql: string) => PreparedStatement

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
  const prepared = new Map<string, PreparedStatement>()
  return (sql) => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const fresh = over(file.prepare(sql))
    prepared.set(sql, fresh)
    return fresh
  }
}

/** The engine's binding makes objects that are slow to make and to read; rows are put together from its lists here. */
function over(statement: StatementSync): PreparedStatement {
  const names = statement.columns().map(({ name }) => name)
  statement.setReturnArrays(true)
  return {
    reads: names.length > 0,
    rows: (parameters) => statement.all(...valuesOf(parameters)).map((values) => rowOf(names, values)),
    change: (parameters) => statement.run(...valuesOf(parameters)),
  }
}

function rowOf(names: readonly string[], values: Readonly<Row>): Row {
  const row: Row = {}
  for (let place = 0; place < names.length; place += 1) row[names[place] ?? ''] = values[place] ?? null
  return row
}

function connectionOver(prepare: Prepared): DatabaseConnection {
  return {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { reads, rows, change } = prepare(sql)
      // Kysely's promise of row types is the schema's; the engine's rows are what the schema says.
      if (reads) return { rows: rows(parameters) as R[] }
      const { changes, lastInsertRowid } = change(parameters)
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    },
    streamQuery() {
      throw new Error('rows are read at once, not streamed')
    },
  }
}

function valuesOf(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value
    if (value instanceof Uint8Array) return value
    throw new TypeError(`a value of type ${typeof value} cannot be stored`)
  })
}
