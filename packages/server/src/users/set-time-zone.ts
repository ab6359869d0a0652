import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import { readTimeZone } from './rules.ts'

/** Sets the time zone in which a person reads times (IANA). */
export async function setTimeZone(ctx: Context, by: Caller, user: UserId, typed: string): Promise<{ outcome: 'set' | 'unknown' }> {
  const time_zone = readTimeZone(typed)
  if (time_zone === undefined) return { outcome: 'unknown' }
  return ctx.db.transaction(async (tx) => {
    await tx.updateTable('users').set({ time_zone }).where('id', '=', user).where('state', '!=', 'removed').execute()
    await record(ctx, tx, { at: ctx.now(), action: 'users.set-time-zone', outcome: 'set', subject: user, by })
    return { outcome: 'set' }
  })
}
