import type { CodeRefusal } from '@latchkey/protocol/codes/code'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { ActivationId, SessionId, TokenId, UserId } from '../ids.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { notEnded } from '../sessions/not-ended.ts'
import { activateToken } from './activate-token.ts'
import { claimActivation, forgetCodes, voidActivation, whyNoTry } from './activation-store.ts'
import { lockPerson } from './store.ts'
import { forgetTry, type Tried, tryRegistration } from './try-registration.ts'

export type Registered =
  | { outcome: 'active'; token: TokenId }
  /** Nothing was charged. */
  | { outcome: 'mistyped'; refusal: CodeRefusal }
  | { outcome: 'wrong-code'; triesLeft: number }
  | { outcome: 'expired' }
  /** Its last try is used, or it ended otherwise. */
  | { outcome: 'void' }
  | { outcome: 'no-such-token' }

/**
 * The owner types a registration code (STP-1, 2, step 4). A try is charged before the proof is computed; a right proof makes the token active if the
 * activation is still open then, and ends every session in the same transaction. `keep`: those of the browser in which it is registered; `acting`:
 * the one in which it is, which must not have ended meanwhile.
 * @throws Busy if there is too much to do; nothing was charged then
 */
export async function registerToken(
  ctx: Context,
  by: Caller,
  user: UserId,
  activation: ActivationId,
  typed: string,
  { keep = [], acting }: { keep?: readonly SessionId[]; acting?: SessionId | undefined } = {},
): Promise<Registered> {
  const tried = await tryRegistration(ctx, by, { user, activation }, typed)
  try {
    return await ctx.db.transaction(async (tx) => {
      const at = ctx.now()
      await lockPerson(tx, user)
      // Everything of the person ended while the proof was computed, by `This wasn't me` or another way: the activation ends with it.
      const over = acting !== undefined && !(await notEnded(tx, acting))
      if (over) await voidActivation(tx, activation, at)
      const answer = await settle(ctx, tx, by, user, activation, tried, at)
      if (answer.outcome === 'active') await endSessionsOf(ctx, tx, by, user, { except: keep })
      await record(ctx, tx, { at, action: 'tokens.register', outcome: answer.outcome, subject: user, object: activation, by })
      return answer
    })
  } finally {
    forgetTry(tried)
  }
}

async function settle(
  ctx: Context,
  tx: Tx,
  by: Caller,
  user: UserId,
  activation: ActivationId,
  tried: Tried,
  at: number,
): Promise<Registered> {
  if (tried.is === 'unknown') return { outcome: 'no-such-token' }
  if (tried.is === 'mistyped') return { outcome: 'mistyped', refusal: tried.refusal }
  if (tried.is === 'no-try') return { outcome: await whyNoTry(tx, activation, user, at) }
  if (tried.is === 'wrong') return settleWrong(tx, activation, tried.charged.triesLeft, at)
  const claimed = await claimActivation(tx, activation, user, 'open', 'done', at)
  // Right, but too late: the time is over, or another try was the last.
  if (claimed === undefined) return { outcome: await whyNoTry(tx, activation, user, at) }
  await forgetCodes(tx, activation)
  await activateToken(ctx, tx, by, user, claimed.token_id, tried.keys)
  return { outcome: 'active', token: claimed.token_id }
}

async function settleWrong(tx: Tx, activation: ActivationId, triesLeft: number, at: number): Promise<Registered> {
  if (triesLeft > 0) return { outcome: 'wrong-code', triesLeft }
  await voidActivation(tx, activation, at)
  return { outcome: 'void' }
}
