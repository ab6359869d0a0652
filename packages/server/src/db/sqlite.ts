import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Database, Tx } from './database.ts'
import { migrate } from './migrate.ts'
import type { Schema } from './schema.ts'
import { preparedOn, sqliteDialect } from './sqlite-dialect.ts'
import { leadStraight } from './straight-to.ts'
import { giveTurn, isCopied, makeTurns, type Turns, takeRest, takeTurn } from './turns.ts'

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
 * @param turns those of another thread of this process that has the same file open
 */
export async function openSqlite(path: string, turns: Turns = makeTurns()): Promise<Database> {
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const writer = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  try {
    makeDurable(writer)
    const tx = over(writer)
    await migrate(tx, 'sqlite')
    const reader = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly: true })
    return { engine: 'sqlite', turns, read: over(reader), ...groupCommits(writer, reader, tx, turns) }
  } catch (error) {
    writer.close()
    throw error
  }
}

function over(file: DatabaseSync): Tx {
  const prepare = preparedOn(file)
  const tx = new Kysely<Schema>({ dialect: sqliteDialect(prepare) })
  leadStraight(tx, {
    rows: (text, parameters) => {
      const { reads, rows, change } = prepare(text)
      if (reads) return rows(parameters)
      change(parameters)
      return []
    },
    change: (text, parameters) => Number(prepare(text).change(parameters).changes),
  })
  return tx
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
function groupCommits(writer: DatabaseSync, reader: DatabaseSync, tx: Tx, turns: Turns): Pick<Database, 'transaction' | 'close'> {
  const queue: Job[] = []
  let working: Promise<void> | undefined
  let closing = false
  let copied = false

  /** The log is copied back by this connection itself, unless a thread does that. A log that is not copied back is longer, and no less durable. */
  const copyBack = (): void => {
    try {
      if (takeRest(turns)) writer.exec('pragma wal_checkpoint(passive)')
      if (copied === isCopied(turns)) return
      writer.exec(`pragma wal_autocheckpoint = ${copied ? CHECKPOINT_PAGES : 0}`)
      copied = !copied
    } catch {
      // What is wrong with the file shows in the commit that follows.
    }
  }

  const work = async (): Promise<void> => {
    while (queue.length > 0) {
      // Whoever is about to queue comes along.
      await new Promise(setImmediate)
      await takeTurn(turns)
      copyBack()
      await commitTogether(writer, tx, queue.splice(0, LARGEST_GROUP)).finally(() => giveTurn(turns))
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
