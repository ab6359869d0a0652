import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'

/** Notes that the last step of enrolment is done; once. True if it was this call. */
export async function finishEnrolment(ctx: Context, tx: Tx, user: UserId): Promise<boolean> {
  const row = await tx
    .updateTable('users')
    .set({ enrolled_at: ctx.now() })
    .where('id', '=', user)
    .where('state', '!=', 'removed')
    .where('enrolled_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
