import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'

/** Whether a person has set a password. */
export async function hasPassword(ctx: Context, user: UserId): Promise<boolean> {
  const row = await ctx.db.read.selectFrom('passwords').select('user_id').where('user_id', '=', user).executeTakeFirst()
  return row !== undefined
}
