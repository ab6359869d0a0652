import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { SessionId, UserId } from '../ids.ts'
import { enqueue } from '../outbox/enqueue.ts'

/** Ends all sessions of a person, of every kind, but those of the browser in which that was asked for. Relying parties hear of it. */
export async function endSessionsOf(
  ctx: Context,
  tx: Tx,
  by: Caller,
  user: UserId,
  { except }: { except?: SessionId | readonly SessionId[] | undefined },
): Promise<void> {
  const at = ctx.now()
  let ending = tx.updateTable('sessions').set({ ended_at: at }).where('user_id', '=', user).where('ended_at', 'is', null)
  const spared = except === undefined ? [] : typeof except === 'string' ? [except] : except
  if (spared.length > 0) ending = ending.where('id', 'not in', spared)
  const ended = await ending.returning('id').execute()
  await tellOfEnd(
    ctx,
    tx,
    by,
    user,
    ended.map(({ id }) => id),
  )
}

/** In the transaction that ends them. */
export async function tellOfEnd(ctx: Context, tx: Tx, by: Caller, user: UserId, sessions: readonly SessionId[]): Promise<void> {
  if (sessions.length === 0) return
  for (const object of sessions)
    await record(ctx, tx, { at: ctx.now(), action: 'sessions.end', outcome: 'ended', subject: user, object, by })
  await enqueue(ctx, tx, user, { kind: 'back-channel-logout', sessions })
}
