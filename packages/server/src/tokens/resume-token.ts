import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { TokenId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { activeTokens, countFrom, lockPerson, moveToken } from './store.ts'

export type Resumed = { outcome: 'resumed' } | { outcome: 'no-such-token' }

/** An operator takes a suspended token back into use. If it is the only one, wrong codes count anew: the next would suspend it again. */
export function resumeToken(ctx: Context, by: Caller, user: UserId, token: TokenId): Promise<Resumed> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await lockPerson(tx, user)
    const others = await activeTokens(tx, user)
    const moved = await moveToken(tx, user, token, ['suspended'], { state: 'active', reason: null })
    if (moved && others.length === 0) await countFrom(tx, user, at)
    const outcome = moved ? 'resumed' : 'no-such-token'
    await record(ctx, tx, { at, action: 'tokens.resume', outcome, subject: user, object: token, by })
    if (moved) await tellOwner(ctx, tx, by, user, { action: 'token-enabled', added: token })
    return { outcome }
  })
}
