import { type Kysely, sql } from 'kysely'
import { ABOUT_A_PERSON } from '../about-a-person.ts'
import type { Engine } from '../database.ts'
import type { Schema } from '../schema.ts'
import { people } from './0001-people.ts'
import { records } from './0001-records.ts'
import { sessions } from './0001-sessions.ts'
import { tokens } from './0001-tokens.ts'
import { makeIndex, makeTable, type Table } from './columns.ts'

export const TABLES: { readonly [Name in keyof Schema]: Table } = { ...people, ...tokens, ...sessions, ...records }

const INDEXES: readonly (readonly [keyof Schema, ...string[]])[] = [
  ['addresses', 'user_id'],
  ['addresses', 'canonical'],
  ['devices', 'user_id'],
  ['recovery_code_sets', 'user_id'],
  ['recovery_codes', 'user_id'],
  ['mailed_codes', 'session_id'],
  ['reset_attempts', 'token_id', 'at'],
  ['activations', 'token_id'],
  ['activations', 'user_id'],
  ['activations', 'ticket_hash'],
  ['wrong_codes', 'user_id', 'bare', 'at'],
  ['links', 'user_id'],
  ['notices', 'user_id'],
  ['sessions', 'user_id'],
  ['sign_in_flows', 'expires_at'],
  ['outbox', 'state', 'not_before'],
  ['oidc_models', 'grant_id'],
  ['oidc_models', 'uid'],
  ['oidc_models', 'account_id'],
  ['oidc_models', 'session_uid'],
  ['oidc_models', 'session_id'],
  ['oidc_models', 'expires_at'],
]

/** A person's tokens. In the embedded database the index has all that a bare door asks of them: one page less to read. */
const TOKENS_OF = { sqlite: ['user_id', 'state', 'created_at', 'id'], postgres: ['user_id'] } as const

/** The first schema. */
export async function first(db: Kysely<Schema>, engine: Engine): Promise<void> {
  for (const name of Object.keys(TABLES) as (keyof Schema)[]) await makeTable(db, engine, name, TABLES[name])
  for (const [table, ...columns] of INDEXES) await makeIndex(db, table, columns)
  await makeIndex(db, 'authenticators', TOKENS_OF[engine])
  await makeIndex(db, 'audit_events', ['subject'], ABOUT_A_PERSON)
  // Apart, so that both grow at their end alone.
  await makeIndex(db, 'audit_events', ['block'], sql`block is null`, '_unsealed')
  await makeIndex(db, 'audit_events', ['block'], sql`block is not null`, '_sealed')
  await db.insertInto('realms').values({ id: 'default', name: 'default', created_at: 0 }).execute()
}
