import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import type { Person } from './person.ts'
import { readName } from './rules.ts'
import { personOf, selectPeople } from './store.ts'

/** A person by the login name as it was typed; suspended ones too. */
export async function findUserByName(ctx: Context, typed: string): Promise<Person | undefined> {
  const name = readName(typed)
  // What cannot be a name is looked for all the same: unknown is unknown.
  const row = await selectPeople(ctx.db.read)
    .where('login_name', '=', name.ok ? name.canonical : '')
    .executeTakeFirst()
  return row && personOf(row)
}

/** A person by identifier; suspended and removed ones too. */
export async function findUser(ctx: Context, user: UserId): Promise<Person | undefined> {
  const row = await selectPeople(ctx.db.read).where('id', '=', user).executeTakeFirst()
  return row && personOf(row)
}
