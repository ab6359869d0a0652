import { DatabaseSync } from 'node:sqlite'
import type { Postgres } from '../postgres.ts'

/** What a person with a token takes, the password and the audit log not counted. */
const TABLES = ['users', 'code_guards', 'authenticators', 'soft_tokens', 'key_sets'] as const

/** Bytes of those tables and their indexes in an embedded database. */
export function bytesOfFile(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true })
  const marks = TABLES.map(() => '?').join(', ')
  const row = database
    .prepare(`select sum(pgsize) as bytes from dbstat join sqlite_schema using (name) where tbl_name in (${marks}) and aggregate = 1`)
    .get(...TABLES)
  database.close()
  return Number(row?.['bytes'] ?? 0)
}

/** The same in PostgreSQL. */
export async function bytesOfTables(postgres: Postgres, database: string): Promise<number> {
  const names = TABLES.map((table) => `'${table}'`).join(', ')
  return Number(await postgres.sql(database, `select sum(pg_total_relation_size(name::regclass)) from unnest(array[${names}]) as name`))
}
