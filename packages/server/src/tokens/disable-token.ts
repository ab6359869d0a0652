import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { SessionId, TokenId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { lockPerson, moveToken } from './store.ts'

export type Disabled = { outcome: 'disabled' } | { outcome: 'no-such-token' }

/** The person puts an active token out of use for a while: every session but the one to keep ends. */
export function disableToken(ctx: Context, by: Caller, user: UserId, token: TokenId, keep?: SessionId): Promise<Disabled> {
  return ctx.db.transaction(async (tx) => {
    await lockPerson(tx, user)
    const moved = await moveToken(tx, user, token, ['active'], { state: 'disabled', reason: null })
    const outcome = moved ? 'disabled' : 'no-such-token'
    await record(ctx, tx, { at: ctx.now(), action: 'tokens.disable', outcome, subject: user, object: token, by })
    if (moved) await endSessionsOf(ctx, tx, by, user, { except: keep })
    if (moved) await tellOwner(ctx, tx, by, user, { action: 'token-disabled' })
    return { outcome }
  })
}
