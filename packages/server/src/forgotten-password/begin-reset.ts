import type { Proof } from '../config.ts'
import type { Caller, Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import { spendLink } from '../links/spend-link.ts'
import { startSession } from '../sessions/start-session.ts'

/** A right proof behind the mailed link uses the link up, for a session that may set a new password and nothing else. Undefined if the link is good no longer. */
export function beginReset(
  ctx: Context,
  by: Caller,
  { user, link, proof }: { user: UserId; link: string; proof: Proof },
): Promise<string | undefined> {
  return ctx.db.transaction(async (tx) => {
    const spent = await spendLink(ctx, tx, 'password-reset', link)
    if (spent?.user !== user) return undefined
    const { secret } = await startSession(ctx, tx, by, { user, kind: 'password-reset', amr: [], proof })
    return secret
  })
}
