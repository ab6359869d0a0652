import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { SessionId, TokenId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { activeTokens, endTokenRow, lockPerson } from './store.ts'

export type Ended =
  | { outcome: 'ended' }
  /** It is the only token in use: ask, then say `evenIfLast`. */
  | { outcome: 'last-factor' }
  | { outcome: 'no-such-token' }

type EndOptions = { evenIfLast?: boolean; keep?: SessionId }

/** Ends a token, and every session but the one to keep. For seven days it can be brought back; then its keys are wiped (`eraseEnded`). */
export function endToken(ctx: Context, by: Caller, user: UserId, token: TokenId, options: EndOptions = {}): Promise<Ended> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await lockPerson(tx, user)
    const outcome = await end(tx, user, token, options.evenIfLast === true, at)
    await record(ctx, tx, { at, action: 'tokens.end', outcome, subject: user, object: token, by })
    if (outcome === 'ended') await endSessionsOf(ctx, tx, by, user, { except: options.keep })
    if (outcome === 'ended') await tellOwner(ctx, tx, by, user, { action: 'token-ended', ended: token })
    return { outcome }
  })
}

async function end(tx: Tx, user: UserId, token: TokenId, evenIfLast: boolean, at: number): Promise<Ended['outcome']> {
  const active = await activeTokens(tx, user)
  if (!evenIfLast && active.length === 1 && active[0] === token) return 'last-factor'
  return (await endTokenRow(tx, user, token, at, 'deleted')) ? 'ended' : 'no-such-token'
}
