import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { run, statement } from '../db/statement.ts'
import type { UserId } from '../ids.ts'
import type { Person } from './person.ts'
import { readName } from './rules.ts'
import { COLUMNS, personOf, type Row, selectPeople } from './store.ts'

const BY_NAME = statement<Row>(`select ${COLUMNS.join(', ')} from users where realm_id = 'default' and login_name = ?`)

/** A person by the login name as it was typed; suspended ones too. */
export async function findUserByName(ctx: Context, typed: string): Promise<Person | undefined> {
  const [row] = await run(ctx.db.engine, ctx.db.read, BY_NAME, canonicalName(typed))
  return row && personOf(row)
}

const IDENTIFIERS = statement<{ id: UserId; login_name: string }>(
  "select id, login_name from users where realm_id = 'default' and login_name = any(?)",
)

/** The identifiers of whoever has these canonical login names, by name (PostgreSQL). */
export async function findIdentifiers(ctx: Context, tx: Tx, names: readonly string[]): Promise<ReadonlyMap<string, UserId>> {
  const rows = await run(ctx.db.engine, tx, IDENTIFIERS, names)
  return new Map(rows.map(({ id, login_name }) => [login_name, id]))
}

/** The login name that was typed. What cannot be one is nobody's, and is looked for all the same: unknown is unknown. */
export function canonicalName(typed: string): string {
  const name = readName(typed)
  return name.ok ? name.canonical : ''
}

/** A person by identifier; suspended and removed ones too. */
export async function findUser(ctx: Context, user: UserId): Promise<Person | undefined> {
  const row = await selectPeople(ctx.db.read).where('id', '=', user).executeTakeFirst()
  return row && personOf(row)
}
