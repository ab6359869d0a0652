import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { SessionId, UserId } from '../ids.ts'
import { lifetimeOf } from './rules.ts'

/** Whether this sign-in of this person still goes on. Its row is held until the transaction ends, so that nobody ends it meanwhile. */
export async function sessionStands(ctx: Context, tx: Tx, id: SessionId, user: UserId): Promise<boolean> {
  const at = ctx.now()
  const row = await tx
    .updateTable('sessions')
    .set((eb) => ({ last_seen_at: eb.ref('last_seen_at') }))
    .where('id', '=', id)
    .where('user_id', '=', user)
    .where('kind', '=', 'sign-in')
    .where('ended_at', 'is', null)
    .where('expires_at', '>', at)
    .where('last_seen_at', '>', at - lifetimeOf('sign-in', ctx.config.session).idleMs)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
