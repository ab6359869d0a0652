import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'

/** When the password was set, in milliseconds since 1970; undefined where there is none. */
export async function passwordChangedAt(ctx: Context, user: UserId): Promise<number | undefined> {
  const row = await ctx.db.read.selectFrom('passwords').select('changed_at').where('user_id', '=', user).executeTakeFirst()
  return row?.changed_at
}
