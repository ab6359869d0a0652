import type { Proof } from '../config.ts'
import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'

const HOUR_MS = 3_600_000

/** Until when (milliseconds since 1970) this kind of proof opens no token, because it has set the person's password anew; undefined if it does. */
export async function resetWait(ctx: Context, user: UserId, proof: Proof): Promise<number | undefined> {
  const row = await ctx.db.read
    .selectFrom('recovery_guards')
    .select(['password_reset_at', 'password_reset_proof'])
    .where('user_id', '=', user)
    .executeTakeFirst()
  if (row?.password_reset_at == null) return undefined
  // Every reset begins with a mailed link: a code by mail shows that same mailbox once more.
  if (row.password_reset_proof !== proof && proof !== 'mailed-code') return undefined
  const until = row.password_reset_at + ctx.config.recovery.waitAfterPasswordResetHours * HOUR_MS
  return until > ctx.now() ? until : undefined
}
