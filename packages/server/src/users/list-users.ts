import type { Context } from '../context.ts'
import type { Person } from './person.ts'
import { personOf, selectPeople } from './store.ts'

export type ListedPerson = Person & { /** Their oldest address. */ email: string | undefined }

const MOST = 1_000

/** People by login name, those removed left out: at most `limit` (1,000) that come after the name `after`. */
export async function listUsers(ctx: Context, { after = '', limit = MOST } = {}): Promise<ListedPerson[]> {
  const rows = await selectPeople(ctx.db.read)
    .select((eb) =>
      eb
        .selectFrom('addresses')
        .select('address')
        .whereRef('addresses.user_id', '=', 'users.id')
        .where('ended_at', 'is', null)
        .orderBy('created_at')
        .orderBy('id')
        .limit(1)
        .as('email'),
    )
    .where('state', '!=', 'removed')
    .where('login_name', '>', after)
    .orderBy('login_name')
    .limit(Math.min(limit, MOST))
    .execute()
  return rows.map((row) => ({ ...personOf(row), email: row.email ?? undefined }))
}
