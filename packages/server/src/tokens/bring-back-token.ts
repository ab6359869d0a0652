import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { TokenId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { voidPending } from './activation-store.ts'
import { WIPED } from './key-sets.ts'
import { ENDED_KEPT_MS } from './rules.ts'
import { activeTokens, countFrom, findToken, lockPerson } from './store.ts'

export type BroughtBack =
  | { outcome: 'brought-back' }
  /** Its keys are wiped, or about to be. */
  | { outcome: 'too-late' }
  /** Not there, not this person's, or nothing was done to it that can be undone. */
  | { outcome: 'no-such-token' }

/**
 * Undoes the end of a token, or its suspension as lost, for its owner who says `This wasn't me`.
 * One that was suspended for another reason before its end is suspended again, one that was disabled is disabled. An activation that is pending is void.
 */
export function bringBackToken(ctx: Context, by: Caller, user: UserId, token: TokenId): Promise<BroughtBack> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await lockPerson(tx, user)
    const others = await activeTokens(tx, user)
    const outcome = await bringBack(tx, user, token, at)
    if (outcome === 'brought-back' && others.length === 0) await countFrom(tx, user, at)
    await record(ctx, tx, { at, action: 'tokens.bring-back', outcome, subject: user, object: token, by })
    if (outcome !== 'brought-back') return { outcome }
    // Whoever took it away may be about to activate another in its place.
    await voidPending(tx, user, at)
    await tellOwner(ctx, tx, by, user, { action: 'token-enabled', added: token })
    return { outcome }
  })
}

async function bringBack(tx: Tx, user: UserId, token: TokenId, at: number): Promise<BroughtBack['outcome']> {
  const row = await findToken(tx, user, token)
  if (row?.state === 'suspended' && row.reason === 'lost') return restore(tx, token, 'suspended', { state: 'active', reason: null })
  if (row?.state !== 'ended' || row.state_before === null) return 'no-such-token'
  if (row.ended_at === null || row.ended_at <= at - ENDED_KEPT_MS || !(await hasKeys(tx, token))) return 'too-late'
  const staysOut = row.state_before === 'suspended' && row.reason_before !== 'lost'
  if (staysOut) return restore(tx, token, 'ended', { state: 'suspended', reason: row.reason_before })
  return restore(tx, token, 'ended', { state: row.state_before === 'disabled' ? 'disabled' : 'active', reason: null })
}

async function hasKeys(tx: Tx, token: TokenId): Promise<boolean> {
  const rows = await tx
    .selectFrom('key_sets')
    .select('id')
    .where('token_id', '=', token)
    .where('state', '=', 'current')
    .where('sealed_keys', '!=', WIPED)
    .execute()
  return rows.length > 0
}

async function restore(
  tx: Tx,
  token: TokenId,
  from: 'suspended' | 'ended',
  to: { state: 'active' | 'disabled' | 'suspended'; reason: string | null },
): Promise<'brought-back' | 'no-such-token'> {
  const rows = await tx
    .updateTable('authenticators')
    .set({ ...to, ended_at: null, state_before: null, reason_before: null })
    .where('id', '=', token)
    .where('state', '=', from)
    .returning('id')
    .execute()
  return rows.length > 0 ? 'brought-back' : 'no-such-token'
}
