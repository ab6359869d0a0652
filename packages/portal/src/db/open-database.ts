import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

export type Database = DatabaseSync

const OWNER_ONLY = 0o600
const SYNC_FULL = 2

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sessions (
    id_hash BLOB PRIMARY KEY,
    subject TEXT NOT NULL,
    provider_sid TEXT,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    acr TEXT NOT NULL,
    authenticated_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    id_token TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS sessions_sid ON sessions (provider_sid);
  CREATE INDEX IF NOT EXISTS sessions_subject ON sessions (subject);
  CREATE TABLE IF NOT EXISTS pending_sign_ins (
    state_hash BLOB PRIMARY KEY,
    browser_hash BLOB NOT NULL,
    nonce TEXT NOT NULL,
    code_verifier TEXT NOT NULL,
    acr TEXT NOT NULL,
    max_age_seconds INTEGER NOT NULL,
    subject TEXT,
    return_path TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS pending_expiry ON pending_sign_ins (expires_at);
  CREATE TABLE IF NOT EXISTS logouts (
    jti TEXT PRIMARY KEY,
    provider_sid TEXT,
    subject TEXT,
    received_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS logouts_sid ON logouts (provider_sid);
  CREATE TABLE IF NOT EXISTS issuer (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), identifier TEXT NOT NULL) STRICT;
`

/**
 * Opens the portal's database, readable by its owner alone, and reads back that a commit is on disk before it is answered. People and
 * sessions are named as `issuer` names them: what is there of another one goes.
 */
export function openDatabase(file: string, issuer: string): Database {
  if (file !== ':memory:') closeSync(openSync(file, 'a', OWNER_ONLY))
  const db = new DatabaseSync(file, { timeout: 5_000 })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
  const synchronous = db.prepare('PRAGMA synchronous').get()?.synchronous
  if (synchronous !== SYNC_FULL) throw new Error('The portal database does not write through to the disk.')
  db.exec(SCHEMA)
  transaction(db, () => holdTo(db, issuer))
  return db
}

/** A `sub` is somebody at its issuer alone (OpenID Connect Core 1.0, 5.7): at another one it is somebody else. */
function holdTo(db: Database, issuer: string): void {
  if (db.prepare('SELECT identifier FROM issuer').get()?.identifier === issuer) return
  db.exec('DELETE FROM sessions; DELETE FROM pending_sign_ins; DELETE FROM logouts;')
  db.prepare('INSERT INTO issuer VALUES (1, ?) ON CONFLICT (only_row) DO UPDATE SET identifier = excluded.identifier').run(issuer)
}

/** Runs `work` as one transaction: a throw leaves nothing of it behind. */
export function transaction<T>(db: Database, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}
