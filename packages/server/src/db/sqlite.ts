import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Database, Tx } from './database.ts'
import { migrate } from './migrate.ts'
import type { Schema } from './schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

const BUSY_TIMEOUT_MS = 10_000
/** Transactions that share one commit, at most: whoever came first does not wait for ever. */
const LARGEST_GROUP = 256
/** Pages of the database that the writing connection keeps in memory. */
const CACHE_KIB = 16_384
/** The log is copied back after so many pages: each time is a sync more. */
const CHECKPOINT_PAGES = 4_000

/**
 * Opens the embedded database, made on first use: WAL, every commit on disk before it is answered.
 * One connection writes, another reads: a read never sees what is not committed.
 */
export async function openSqlite(path: string): Promise<Database> {
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const writer = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  try {
    makeDurable(writer)
    const tx = new Kysely<Schema>({ dialect: sqliteDialect(writer) })
    await migrate(tx, 'sqlite')
    const reader = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly: true })
    return { engine: 'sqlite', read: new Kysely<Schema>({ dialect: sqliteDialect(reader) }), ...groupCommits(writer, reader, tx) }
  } catch (error) {
    writer.close()
    throw error
  }
}

/** What was asked for is read back: a medium that cannot keep a WAL, say, is found here and not after a power cut. */
function makeDurable(file: DatabaseSync): void {
  file.exec(
    `pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on; pragma cache_size = -${CACHE_KIB}; pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
  )
  const mode = file.prepare('pragma journal_mode').get()?.['journal_mode']
  const synchronous = file.prepare('pragma synchronous').get()?.['synchronous']
  if (mode !== 'wal' || synchronous !== 2) {
    throw new Error(`the database file cannot be kept durably here (journal_mode ${mode}, synchronous ${synchronous})`)
  }
}

type Job = { run: (tx: Tx) => Promise<() => void>; reject: (error: unknown) => void }

/** Transactions that wait at the same moment share one commit; each has a savepoint, so that one that throws takes no other with it. */
function groupCommits(writer: DatabaseSync, reader: DatabaseSync, tx: Tx): Pick<Database, 'transaction' | 'close'> {
  const queue: Job[] = []
  let working: Promise<void> | undefined
  let closing = false

  const work = async (): Promise<void> => {
    while (queue.length > 0) {
      // Whoever is about to queue comes along.
      await new Promise(setImmediate)
      await commitTogether(writer, tx, queue.splice(0, LARGEST_GROUP))
    }
    working = undefined
  }

  return {
    transaction: <T>(body: (tx: Tx) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        if (closing) return reject(new Error('the database is closed'))
        const run = async (open: Tx): Promise<() => void> => {
          const value = await body(open)
          return () => resolve(value)
        }
        queue.push({ run, reject })
        working ??= work()
      }),
    close: async () => {
      closing = true
      await working
      reader.close()
      writer.close()
    },
  }
}

/** Nobody is told of success before the commit; if that fails, everybody hears of it. */
async function commitTogether(writer: DatabaseSync, tx: Tx, jobs: readonly Job[]): Promise<void> {
  const told: (() => void)[] = []
  try {
    writer.exec('begin immediate')
    for (const job of jobs) told.push(await runInSavepoint(writer, tx, job))
    writer.exec('commit')
  } catch (error) {
    for (const job of jobs) job.reject(error)
    if (writer.isOpen && writer.isTransaction) writer.exec('rollback')
    return
  }
  for (const tell of told) tell()
}

/** @throws if the engine gave up the whole transaction (full disk, input or output error): then there is no savepoint left to go back to. */
async function runInSavepoint(writer: DatabaseSync, tx: Tx, job: Job): Promise<() => void> {
  writer.exec('savepoint job')
  try {
    const tell = await job.run(tx)
    writer.exec('release job')
    return tell
  } catch (error) {
    if (!writer.isTransaction) throw error
    writer.exec('rollback to job; release job')
    return () => job.reject(error)
  }
}
