import { type Dialect, PostgresDialect } from 'kysely'
import pg from 'pg'

const CONNECTIONS = 3
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 15_000
/** Between two statements of a transaction there are milliseconds: who is silent for longer is gone, and others wait for what it holds. */
const SILENT_MS = 2_000
const KEEP_ALIVE_MS = 10_000
const INT8 = 20

/** Nothing waits for ever for a database that is cut off, nor for what an instance that is cut off holds. */
export function openPostgres(connectionString: string): Dialect {
  const pool = new pg.Pool({
    connectionString,
    max: CONNECTIONS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: SILENT_MS,
    types: { getTypeParser: parserOf },
  })
  // A connection that breaks is replaced by the next use.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return new PostgresDialect({ pool })
}

/** Times fit a double exactly. */
function parserOf(id: number, format?: 'text' | 'binary'): (value: string) => unknown {
  return id === INT8 ? Number : format === undefined ? pg.types.getTypeParser(id) : pg.types.getTypeParser(id, format as 'text')
}
