import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { type Dialect, SqliteAdapter, SqliteDialect, type SqliteStatement } from 'kysely'

const OWNER_ONLY = 0o600
const SYNC_FULL = 2

/** A file that its owner alone can read. That a commit is on disk before it is answered is read back. */
export function openSqlite(file: string): Dialect {
  closeSync(openSync(file, 'a', OWNER_ONLY))
  const db = new DatabaseSync(file, { timeout: 5_000 })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
  const synchronous = db.prepare('PRAGMA synchronous').get()?.synchronous
  if (synchronous !== SYNC_FULL) throw new Error('The portal database does not write through to the disk.')
  return new Transactional({ database: { prepare: (text) => prepare(db, text), close: () => db.close() } })
}

/** In SQLite a CREATE TABLE rolls back like anything else: a change of the schema that was interrupted begins again. */
class Transactional extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalDdl()
  }
}

class TransactionalDdl extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** Kysely knows another library's statements, which differ in how they take what they are given. */
function prepare(db: DatabaseSync, text: string): SqliteStatement {
  const statement = db.prepare(text)
  return {
    reader: statement.columns().length > 0,
    all: (values) => statement.all(...(values as SQLInputValue[])),
    run: (values) => statement.run(...(values as SQLInputValue[])),
    iterate: (values) => statement.iterate(...(values as SQLInputValue[])),
  }
}
