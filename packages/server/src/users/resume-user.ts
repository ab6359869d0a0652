import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'

/** Lets a suspended person in again. A session that began while they were being suspended ends: it was worth nothing until now. */
export function resumeUser(ctx: Context, by: Caller, user: UserId): Promise<{ outcome: 'resumed' | 'no-such-user' }> {
  return ctx.db.transaction(async (tx) => {
    const row = await tx
      .updateTable('users')
      .set({ state: 'active' })
      .where('id', '=', user)
      .where('state', '=', 'suspended')
      .returning('id')
      .executeTakeFirst()
    if (row !== undefined) await endSessionsOf(ctx, tx, by, user, {})
    const outcome = row === undefined ? 'no-such-user' : 'resumed'
    await record(ctx, tx, { at: ctx.now(), action: 'users.resume-user', outcome, subject: row?.id, by })
    return { outcome }
  })
}
