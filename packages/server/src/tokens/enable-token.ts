import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { SessionId, TokenId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { activeTokens, countFrom, lockPerson, moveToken } from './store.ts'

export type Enabled = { outcome: 'enabled' } | { outcome: 'no-such-token' }

/** The person takes a token back into use that the person disabled. If it is the only one, wrong codes count anew. One that is suspended stays so. Every session but the one to keep ends. */
export function enableToken(ctx: Context, by: Caller, user: UserId, token: TokenId, keep?: SessionId): Promise<Enabled> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await lockPerson(tx, user)
    const others = await activeTokens(tx, user)
    const moved = await moveToken(tx, user, token, ['disabled'], { state: 'active', reason: null })
    if (moved && others.length === 0) await countFrom(tx, user, at)
    const outcome = moved ? 'enabled' : 'no-such-token'
    await record(ctx, tx, { at, action: 'tokens.enable', outcome, subject: user, object: token, by })
    if (moved) await endSessionsOf(ctx, tx, by, user, { except: keep })
    if (moved) await tellOwner(ctx, tx, by, user, { action: 'token-enabled', added: token })
    return { outcome }
  })
}
