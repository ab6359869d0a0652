import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import type { Schema } from './schema.ts'

const CONNECTIONS = 8
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 15_000
const RETRIES = 5
/** serialization_failure and deadlock_detected: nothing happened, and the same again may go through. */
const AGAIN = new Set(['40001', '40P01'])
const INT8 = 20

/** Opens a PostgreSQL database (15 or newer), shared by as many instances as there are. */
export async function openPostgres(url: string): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    types: { getTypeParser: parserOf },
  })
  // A connection that breaks while it is idle is replaced by the next use.
  pool.on('error', () => undefined)
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  try {
    await migrate(db, 'postgres')
  } catch (error) {
    await db.destroy()
    throw error
  }
  return {
    engine: 'postgres',
    read: db,
    transaction: (body) => runAgain(() => db.transaction().setIsolationLevel('read committed').execute(body), RETRIES),
    close: () => db.destroy(),
  }
}

/** Counts and times fit a double exactly: 2^53 milliseconds are 285,000 years. */
function parserOf(id: number, format?: 'text' | 'binary'): (value: string) => unknown {
  return id === INT8 ? Number : format === undefined ? pg.types.getTypeParser(id) : pg.types.getTypeParser(id, format as 'text')
}

async function runAgain<T>(run: () => Promise<T>, left: number): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (left === 0 || !AGAIN.has(code)) throw error
    return runAgain(run, left - 1)
  }
}
