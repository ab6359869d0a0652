import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'

/** `left`: not used yet. `saved`: the person said that they saved them. */
export type RecoveryCodeCount = { left: number; saved: boolean; madeAt: number | undefined }

/** How many recovery codes a person has left; none if there was never a set. */
export async function countRecoveryCodes(ctx: Context, user: UserId): Promise<RecoveryCodeCount> {
  const set = await ctx.db.read
    .selectFrom('recovery_code_sets')
    .select(['id', 'saved_at', 'created_at'])
    .where('user_id', '=', user)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  if (set === undefined) return { left: 0, saved: false, madeAt: undefined }
  const { left } = await ctx.db.read
    .selectFrom('recovery_codes')
    .select((eb) => eb.fn.countAll<number>().as('left'))
    .where('set_id', '=', set.id)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return { left: Number(left), saved: set.saved_at !== null, madeAt: set.created_at }
}
