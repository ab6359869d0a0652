import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { TokenId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { voidPending } from './activation-store.ts'
import { findToken, lockPerson, moveToken } from './store.ts'

/** `lost`: its owner says so; `operator`: whoever runs Latchkey; `repudiated`: `This wasn't me`. Pages have a text for each. */
export type SuspendReason = 'lost' | 'operator' | 'repudiated'
export type Suspended = { outcome: 'suspended' } | { outcome: 'no-such-token' }

/** Suspends a token: only an operator takes it back into use. One that is being activated is void. */
export function suspendToken(ctx: Context, by: Caller, user: UserId, token: TokenId, reason: SuspendReason): Promise<Suspended> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await lockPerson(tx, user)
    const moved =
      (await moveToken(tx, user, token, ['active', 'disabled'], { state: 'suspended', reason })) || (await voidIt(tx, user, token, at))
    const outcome = moved ? 'suspended' : 'no-such-token'
    await record(ctx, tx, { at, action: 'tokens.suspend', outcome, subject: user, object: token, by })
    if (moved) await tellOwner(ctx, tx, by, user, { action: 'token-suspended', ...(reason === 'lost' ? { ended: token } : {}) })
    return { outcome }
  })
}

/** A person has one activation pending at a time. */
async function voidIt(tx: Tx, user: UserId, token: TokenId, at: number): Promise<boolean> {
  const row = await findToken(tx, user, token)
  if (row?.state !== 'pending') return false
  await voidPending(tx, user, at)
  return true
}
