import { type RawBuilder, sql } from 'kysely'
import type { Database, Tx } from '../db/database.ts'
import type { SealedColumn } from './sealed-columns.ts'

/** A sealed value with the key of its row. */
export type SealedRow = { key: string[]; sealed: Uint8Array }

/** What a sealed value begins with, its format and the id of its key, stands in its first nine bytes. */
const ID_AT = 2
const ID_LENGTH = 8

/** Rows behind `after`, in order of their keys, whose value is sealed under another key than `keyId`. */
export async function rowsUnderOthers(
  db: Database['read'],
  column: SealedColumn,
  keyId: string,
  after: readonly string[] | undefined,
  most: number,
): Promise<SealedRow[]> {
  const key = sql.join(column.key.map((name) => sql`${sql.ref(name)}`))
  const sealed = sql.ref(column.column)
  const { rows } = await sql<Record<string, unknown>>`
    select ${key}, ${sealed} as sealed_value from ${sql.table(column.table)}
    where ${isThere(sealed)} and substr(${sealed}, ${sql.lit(ID_AT)}, ${sql.lit(ID_LENGTH)}) <> ${Buffer.from(keyId, 'latin1')}
    ${after === undefined ? sql`` : sql`and (${key}) > (${sql.join(after)})`}
    order by ${key} limit ${most}`.execute(db)
  return rows.map((row) => ({ key: column.key.map((name) => String(row[name])), sealed: bytesOf(row['sealed_value']) }))
}

/** Puts the new value where the old one still stands. */
export async function replaceSealed(tx: Tx, column: SealedColumn, { key, sealed }: SealedRow, fresh: Uint8Array): Promise<boolean> {
  const own: RawBuilder<unknown>[] = column.key.map((name, index) => sql`${sql.ref(name)} = ${key[index]}`)
  const { numAffectedRows } = await sql`
    update ${sql.table(column.table)} set ${sql.ref(column.column)} = ${fresh}
    where ${sql.join(own, sql` and `)} and ${sql.ref(column.column)} = ${sealed}`.execute(tx)
  return (numAffectedRows ?? 0n) > 0n
}

/** The ids of the keys that any value of the column is sealed under. */
export async function keyIdsIn(db: Database['read'], { table, column }: SealedColumn): Promise<string[]> {
  const sealed = sql.ref(column)
  const { rows } = await sql<{ key_id: unknown }>`
    select distinct substr(${sealed}, ${sql.lit(ID_AT)}, ${sql.lit(ID_LENGTH)}) as key_id from ${sql.table(table)} where ${isThere(sealed)}`.execute(
    db,
  )
  return rows.map(({ key_id }) => Buffer.from(bytesOf(key_id)).toString('latin1'))
}

/** What was wiped is a byte where the column allows no null, and under no key. */
function isThere(sealed: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`length(${sealed}) > 1`
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new TypeError('a sealed column holds something else than bytes')
}
