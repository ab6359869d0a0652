import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { TokenId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { voidPending } from './activation-store.ts'
import { findToken, lockPerson, moveToken } from './store.ts'

/** `lost`: its owner says so; `operator`: whoever runs Latchkey; `repudiated`: `This wasn't me`. Pages have a text for each. */
export type SuspendReason = 'lost' | 'operator' | 'repudiated'
export type Suspended = { outcome: 'suspended' } | { outcome: 'no-such-token' }

/**
 * Suspends a token, which ends every session: only an operator takes it back into use. One that is being activated is void. What its owner
 * repudiates is not brought back as its owner's either, where it was called lost or has ended meanwhile.
 */
export function suspendToken(ctx: Context, by: Caller, user: UserId, token: TokenId, reason: SuspendReason): Promise<Suspended> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await lockPerson(tx, user)
    const moved =
      (await moveToken(tx, user, token, ['active', 'disabled'], { state: 'suspended', reason })) ||
      (await voidIt(tx, user, token, at)) ||
      (reason === 'repudiated' && (await keepOut(tx, user, token)))
    if (moved) await endSessionsOf(ctx, tx, by, user, {})
    const outcome = moved ? 'suspended' : 'no-such-token'
    await record(ctx, tx, { at, action: 'tokens.suspend', outcome, subject: user, object: token, by })
    if (moved) await tellOwner(ctx, tx, by, user, { action: 'token-suspended', ...(reason === 'lost' ? { ended: token } : {}) })
    return { outcome }
  })
}

/** Of one that was called lost, or has ended, nothing but the repudiation is left to come back to. */
async function keepOut(tx: Tx, user: UserId, token: TokenId): Promise<boolean> {
  const row = await findToken(tx, user, token)
  if (row?.state === 'suspended' && row.reason === 'lost')
    return moveToken(tx, user, token, ['suspended'], { state: 'suspended', reason: 'repudiated' })
  if (row?.state !== 'ended' || row.state_before === null) return false
  if (row.state_before === 'suspended' && row.reason_before !== 'lost') return false
  await tx.updateTable('authenticators').set({ state_before: 'suspended', reason_before: 'repudiated' }).where('id', '=', token).execute()
  return true
}

/** A person has one activation pending at a time. */
async function voidIt(tx: Tx, user: UserId, token: TokenId, at: number): Promise<boolean> {
  const row = await findToken(tx, user, token)
  if (row?.state !== 'pending') return false
  await voidPending(tx, user, at)
  return true
}
