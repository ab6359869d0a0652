import { type RawBuilder, sql } from 'kysely'
import type { Database, Tx } from '../db/database.ts'
import { TABLES } from '../db/migrations/0001-first.ts'
import type { Schema } from '../db/schema.ts'

type Name = keyof Schema
type Row = Readonly<Record<string, unknown>>

const AT_ONCE = 500
/** In the new database: how far a table is copied, until all of it is there. */
const PROGRESS = 'moving/'
/** What instances say of themselves is of the old database only; how far the moving is, of the new one only. */
const STAYS = [`instance/%`, 'moving%']

export const NAMES = Object.keys(TABLES) as Name[]

/** How many rows of a table are to be moved. */
export async function countRows(db: Database, name: Name): Promise<number> {
  const { rows } = await sql<{ rows: number }>`select count(*) as rows from ${sql.table(name)} where ${moves(name)}`.execute(db.read)
  return Number(rows[0]?.rows ?? 0)
}

/** Copies a table's rows, and after each batch says how many are there. A moving that was interrupted goes on where it was. */
export async function copyRows(from: Database, to: Database, name: Name, onCopied: (rows: number) => void): Promise<void> {
  let copied = 0
  for (let last = await progressOf(to, name); ; ) {
    const rows = await readAfter(from, name, last)
    const end = rows.at(-1)
    if (end === undefined) break
    const reached = keyOf(name, end)
    await to.transaction(async (tx) => {
      await insert(tx, name, rows)
      await saveFact(tx, `${PROGRESS}${name}`, JSON.stringify(reached))
    })
    last = reached
    copied += rows.length
    onCopied(copied)
  }
  await to.transaction((tx) => goOnCounting(tx, name))
}

/** Whether all rows of a table are the same in both, and there are no others. */
export async function isSame(from: Database, to: Database, name: Name): Promise<boolean> {
  for (let last: readonly unknown[] | undefined; ; ) {
    const rows = await readAfter(from, name, last)
    const end = rows.at(-1)
    if (end === undefined) break
    const there = new Map((await readThese(to, name, rows)).map((row) => [textOf(keyOf(name, row)), textOf(valuesOf(name, row))]))
    if (rows.some((row) => there.get(textOf(keyOf(name, row))) !== textOf(valuesOf(name, row)))) return false
    last = keyOf(name, end)
  }
  return (await countRows(from, name)) === (await countRows(to, name))
}

/** The moving is over: nothing of it is left in the new database. */
export async function forgetProgress(tx: Tx): Promise<void> {
  await tx.deleteFrom('facts').where('name', 'like', `${PROGRESS}%`).execute()
}

export async function saveFact(tx: Tx, name: string, value: string): Promise<void> {
  await tx
    .insertInto('facts')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}

async function progressOf(to: Database, name: Name): Promise<readonly unknown[] | undefined> {
  const fact = await to.read.selectFrom('facts').select('value').where('name', '=', `${PROGRESS}${name}`).executeTakeFirst()
  return fact === undefined ? undefined : JSON.parse(fact.value)
}

async function readAfter(db: Database, name: Name, last: readonly unknown[] | undefined): Promise<readonly Row[]> {
  const key = listOf(TABLES[name].key)
  const after = last === undefined ? sql`1 = 1` : sql`(${key}) > (${sql.join(last)})`
  const { rows } = await sql<Row>`select ${listOf(columnsOf(name))} from ${sql.table(name)}
    where ${after} and ${moves(name)} order by ${key} limit ${AT_ONCE}`.execute(db.read)
  return rows
}

async function readThese(db: Database, name: Name, rows: readonly Row[]): Promise<readonly Row[]> {
  const keys = rows.map((row) => sql`(${sql.join(keyOf(name, row))})`)
  const found = await sql<Row>`select ${listOf(columnsOf(name))} from ${sql.table(name)}
    where (${listOf(TABLES[name].key)}) in (${sql.join(keys)})`.execute(db.read)
  return found.rows
}

async function insert(tx: Tx, name: Name, rows: readonly Row[]): Promise<void> {
  const values = rows.map((row) => sql`(${sql.join(valuesOf(name, row))})`)
  await sql`insert into ${sql.table(name)} (${listOf(columnsOf(name))}) overriding system value values ${sql.join(values)}
    on conflict do nothing`.execute(tx)
}

/** The engine's next number for a row is one that no row has. */
async function goOnCounting(tx: Tx, name: Name): Promise<void> {
  if (TABLES[name].columns['id'] !== 'id') return
  await sql`select setval(pg_get_serial_sequence(${name}, 'id'), greatest((select max(id) from ${sql.table(name)}), 1),
    exists (select 1 from ${sql.table(name)}))`.execute(tx)
}

function moves(name: Name): RawBuilder<unknown> {
  if (name !== 'facts') return sql`1 = 1`
  return sql.join(
    STAYS.map((facts) => sql`name not like ${facts}`),
    sql` and `,
  )
}

function columnsOf(name: Name): string[] {
  const own = Object.keys(TABLES[name].columns)
  return TABLES[name].global === true ? own : ['realm_id', ...own]
}

function listOf(columns: readonly string[]): RawBuilder<unknown> {
  return sql.join(columns.map((column) => sql.ref(column)))
}

function keyOf(name: Name, row: Row): readonly unknown[] {
  return TABLES[name].key.map((column) => row[column])
}

function valuesOf(name: Name, row: Row): readonly unknown[] {
  return columnsOf(name).map((column) => row[column])
}

function textOf(values: readonly unknown[]): string {
  return JSON.stringify(values.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value)))
}
