import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { TokenId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { lockPerson, moveToken } from './store.ts'

export type Enabled = { outcome: 'enabled' } | { outcome: 'no-such-token' }

/** The person takes a token back into use that the person disabled. One that is suspended stays so. */
export function enableToken(ctx: Context, by: Caller, user: UserId, token: TokenId): Promise<Enabled> {
  return ctx.db.transaction(async (tx) => {
    await lockPerson(tx, user)
    const moved = await moveToken(tx, user, token, ['disabled'], { state: 'active', reason: null })
    const outcome = moved ? 'enabled' : 'no-such-token'
    await record(ctx, tx, { at: ctx.now(), action: 'tokens.enable', outcome, subject: user, object: token, by })
    if (moved) await tellOwner(ctx, tx, by, user, { action: 'token-enabled', added: token })
    return { outcome }
  })
}
