import type { Context } from '../context.ts'

/** Whoever pauses that long to be forgotten has fewer tries than whoever waits 15 minutes for each. */
const KEPT_MS = 24 * 3_600_000

/** Forgets names that nobody has tried for a day, and devices whose time is over; by a timer. Returns how many rows went. */
export function forgetGuards(ctx: Context): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const guards = await tx
      .deleteFrom('password_guards')
      .where('last_at', '<', at - KEPT_MS)
      .where('not_before', '<=', at)
      .returning('subject')
      .execute()
    const devices = await tx.deleteFrom('devices').where('expires_at', '<=', at).returning('id').execute()
    return guards.length + devices.length
  })
}
