import type { Caller, Context } from '../context.ts'
import type { SessionId, UserId } from '../ids.ts'
import { tellOfEnd } from './end-sessions.ts'

/** Ends one session; with `user`, only if it is that person's. False if there was none to end. */
export function endSession(ctx: Context, by: Caller, session: SessionId, user?: UserId): Promise<boolean> {
  return ctx.db.transaction(async (tx) => {
    let ending = tx.updateTable('sessions').set({ ended_at: ctx.now() }).where('id', '=', session).where('ended_at', 'is', null)
    if (user !== undefined) ending = ending.where('user_id', '=', user)
    const ended = await ending.returning('user_id').executeTakeFirst()
    if (ended === undefined) return false
    await tellOfEnd(ctx, tx, by, ended.user_id, [session])
    return true
  })
}
