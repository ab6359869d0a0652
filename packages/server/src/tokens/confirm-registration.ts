import { forgetKeySet } from '@latchkey/protocol/activation/keys'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { ActivationId, SessionId, TokenId, UserId } from '../ids.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { activateToken } from './activate-token.ts'
import { claimActivation, forgetCodes, voidActivation, whyNoTry } from './activation-store.ts'
import { openKeySet } from './key-sets.ts'
import { lockPerson } from './store.ts'

export type Confirmed =
  | { outcome: 'active'; token: TokenId }
  /** Void: whoever handed that code in has nothing. */
  | { outcome: 'refused-by-owner' }
  | { outcome: 'expired' }
  | { outcome: 'void' }
  | { outcome: 'no-such-token' }

/**
 * The owner says whether the app shows the last symbols of the registration code that was handed in (STP-1, 2, step 4). `Yes` ends every session
 * in the same transaction. `keep`: those of the browser in which it is said.
 */
export function confirmRegistration(
  ctx: Context,
  by: Caller,
  user: UserId,
  activation: ActivationId,
  yes: boolean,
  { keep = [] }: { keep?: readonly SessionId[] } = {},
): Promise<Confirmed> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await lockPerson(tx, user)
    const answer = await settle(ctx, tx, by, user, activation, yes, at)
    if (answer.outcome === 'active') await endSessionsOf(ctx, tx, by, user, { except: keep })
    await record(ctx, tx, { at, action: 'tokens.confirm-registration', outcome: answer.outcome, subject: user, object: activation, by })
    return answer
  })
}

async function settle(
  ctx: Context,
  tx: Tx,
  by: Caller,
  user: UserId,
  activation: ActivationId,
  yes: boolean,
  at: number,
): Promise<Confirmed> {
  if (!yes) return refuse(tx, user, activation, at)
  const claimed = await claimActivation(tx, activation, user, 'provisional', 'done', at)
  if (claimed === undefined || claimed.sealed_keys === null) return { outcome: await whyNoTry(tx, activation, user, at) }
  const keys = openKeySet(ctx, activation, claimed.sealed_keys)
  await forgetCodes(tx, activation)
  await activateToken(ctx, tx, by, user, claimed.token_id, keys)
  forgetKeySet(keys)
  return { outcome: 'active', token: claimed.token_id }
}

async function refuse(tx: Tx, user: UserId, activation: ActivationId, at: number): Promise<Confirmed> {
  const why = await whyNoTry(tx, activation, user, at)
  if (why === 'no-such-token') return { outcome: why }
  return { outcome: (await voidActivation(tx, activation, at)) ? 'refused-by-owner' : why }
}
