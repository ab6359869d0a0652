import { type CreateTableBuilder, type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Engine } from '../database.ts'
import type { Schema } from '../schema.ts'

/** `id` is a number that the engine gives; a `?` allows null. */
type Column = 'text' | 'text?' | 'int' | 'int?' | 'bytes' | 'bytes?' | 'id'
/** A table's columns, key and what else is unique. */
export type Table = {
  columns: Readonly<Record<string, Column>>
  key: readonly string[]
  unique?: readonly (readonly string[])[]
  global?: true
  /** In the embedded database rows stand in the key's own tree: for short ones that are found by their key, one page less to read. */
  clustered?: true
}

const TYPES = {
  sqlite: { text: sql`text`, int: sql`integer`, bytes: sql`blob` },
  postgres: { text: sql`text`, int: sql`bigint`, bytes: sql`bytea` },
} as const

/** Makes a table that both engines hold alike. Every table but a `global` one has a realm. */
export async function makeTable(db: Kysely<Schema>, engine: Engine, name: keyof Schema, table: Table): Promise<void> {
  let builder: CreateTableBuilder<string, string> = db.schema.createTable(name)
  if (table.global !== true) builder = builder.addColumn('realm_id', TYPES[engine].text, (column) => column.notNull().defaultTo('default'))
  for (const [column, kind] of Object.entries(table.columns)) builder = addColumn(builder, engine, column, kind)
  // An id that the engine gives is its table's key already.
  if (!Object.values(table.columns).includes('id')) builder = builder.addPrimaryKeyConstraint(`${name}_key`, [...table.key])
  for (const [number, columns] of (table.unique ?? []).entries())
    builder = builder.addUniqueConstraint(`${name}_unique_${number}`, [...columns])
  if (engine === 'sqlite') builder = builder.modifyEnd(table.clustered === true ? sql`strict, without rowid` : sql`strict`)
  await builder.execute()
}

function addColumn(
  builder: CreateTableBuilder<string, string>,
  engine: Engine,
  name: string,
  kind: Column,
): CreateTableBuilder<string, string> {
  if (kind === 'id') {
    const type = engine === 'sqlite' ? sql`integer primary key autoincrement` : sql`bigint generated always as identity primary key`
    return builder.addColumn(name, type)
  }
  const optional = kind.endsWith('?')
  const type = TYPES[engine][kind.replace('?', '') as 'text' | 'int' | 'bytes']
  return builder.addColumn(name, type, (column) => (optional ? column : column.notNull()))
}

/** `rows` are those that stand in the index, all of them if it is left out; `what` says in its name which they are. */
export async function makeIndex(
  db: Kysely<Schema>,
  table: keyof Schema,
  columns: readonly string[],
  rows?: RawBuilder<SqlBool>,
  what = '',
): Promise<void> {
  const index = db.schema
    .createIndex(`${table}${what}_by_${columns.join('_')}`)
    .on(table)
    .columns([...columns])
  await (rows === undefined ? index : index.where(rows)).execute()
}
