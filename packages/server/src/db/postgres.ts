import { Kysely, PostgresDialect, sql, type TransactionBuilder } from 'kysely'
import pg from 'pg'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import type { Schema } from './schema.ts'
import { isStatement, type Statement, type Value } from './statement.ts'

const CONNECTIONS = 8
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 15_000
const KEEP_ALIVE_MS = 10_000
const RETRIES = 5
/** serialization_failure and deadlock_detected: nothing happened, and the same again may go through. */
const AGAIN = new Set(['40001', '40P01'])
const INT8 = 20

/** Connections for what answers many requests at once: more of them make smaller batches. */
const BATCH_CONNECTIONS = 3
/** Each row of a batch is found by an index. Planned anew for each batch, and by guesses, such a statement takes a thousand times as long when it goes wrong. */
const BY_INDEX =
  'set enable_hashjoin = off; set enable_mergejoin = off; set enable_seqscan = off; set plan_cache_mode = force_generic_plan; set jit = off'

/** What waits for a row in a batch makes all of the batch wait. Milliseconds. */
const HOLD_OFF = sql`set local lock_timeout = 250`

/** Opens a PostgreSQL database (15 or newer), shared by as many instances as there are. */
export async function openPostgres(url: string): Promise<Database> {
  const pool = openPool(url, CONNECTIONS)
  const batches = openPool(url, BATCH_CONNECTIONS, async (client) => void (await client.query(BY_INDEX)))
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  const forMany = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: batches }) })
  try {
    await migrate(db, 'postgres')
  } catch (error) {
    await Promise.all([db.destroy(), batches.end()])
    throw error
  }
  return {
    engine: 'postgres',
    read: db,
    transaction: (body) => runAgain(() => begin(db).execute(body), RETRIES),
    batch: {
      run: async <Row extends object>({ texts }: Statement<Row>, ...parameters: readonly Value[]) => {
        const { rows } = await batches.query<Row>({ name: nameOf(texts.postgres), text: texts.postgres, values: [...parameters] })
        return rows
      },
      transaction: (body) =>
        begin(forMany).execute(async (tx) => {
          await HOLD_OFF.execute(tx)
          return body(tx)
        }),
    },
    close: async () => {
      await Promise.all([db.destroy(), batches.end()])
    },
  }
}

/** Whether Latchkey has been there: looks, and makes nothing. */
export async function hasTables(url: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  })
  // Whoever hangs up is met by the query, or by nobody.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ there: boolean }>(`select to_regclass('audit_person_keys') is not null as there`)
    return rows[0]?.there === true
  } finally {
    await client.end().catch(() => undefined)
  }
}

function begin(db: Kysely<Schema>): TransactionBuilder<Schema> {
  return db.transaction().setIsolationLevel('read committed')
}

function openPool(url: string, max: number, onConnect: (client: pg.ClientBase) => Promise<void> = async () => undefined): pg.Pool {
  const pool = new pg.Pool({
    Client: Preparing,
    connectionString: url,
    max,
    onConnect,
    // Into a network that swallows everything nobody waits for ever; and what a server that was cut off holds, another one gets.
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    types: { getTypeParser: parserOf },
  })
  // A connection that breaks while it is idle is replaced by the next use; one that breaks between two statements fails the second of them.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return pool
}

const NAMES = new Map<string, string>()

/** Under this name a connection keeps the statement's plan. */
function nameOf(text: string): string {
  const name = NAMES.get(text) ?? `latchkey_${NAMES.size}`
  NAMES.set(text, name)
  return name
}

/** A connection that reads and plans statements written out once (`statement.ts`) once, whoever hands them over: Kysely sends no names. */
class Preparing extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config)
    const query = this.query.bind(this) as (asked: unknown, ...more: unknown[]) => unknown
    const named = (asked: unknown, ...more: unknown[]): unknown =>
      typeof asked === 'string' && isStatement(asked) ? query({ name: nameOf(asked), text: asked }, ...more) : query(asked, ...more)
    this.query = named as typeof this.query
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
