import { record } from '../audit/record.ts'
import type { Proof } from '../config.ts'
import type { Caller, Context } from '../context.ts'
import type { LinkPurpose } from '../db/columns.ts'
import type { Tx } from '../db/database.ts'
import { hashSecret } from '../hashing/hash-secret.ts'
import { inLane } from '../hashing/in-lane.ts'
import type { SessionId, UserId } from '../ids.ts'
import { spendLink } from '../links/spend-link.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { notEnded } from '../sessions/not-ended.ts'
import { refusePassword } from './refuse-password.ts'
import { normalisePassword, type PasswordRefusal } from './rules.ts'
import { clearDevices, clearGuard, replaceHash } from './store.ts'

export type PasswordSet =
  | { outcome: 'set' }
  /** The link that was to be spent by this is good no longer: nothing has changed. */
  | { outcome: 'link-spent' }
  | { outcome: 'refused'; reason: PasswordRefusal }
  | { outcome: 'no-such-user' }
  /** The session in which it was asked for has ended meanwhile: nothing has changed. */
  | { outcome: 'session-over' }

/**
 * `reset`: by a recovery, not by somebody who knew the old one, and which proof that took. `keep`: the sessions of the browser in which it was asked for go on.
 * `spend`: the link that led here is used up by it, in the same transaction.
 */
export type SetOptions = {
  reset?: Proof | undefined
  keep?: SessionId | readonly SessionId[] | undefined
  spend?: { purpose: LinkPurpose; secret: string } | undefined
  /** The session in which it is asked for: if it ended while the hash was made, nothing is changed. */
  acting?: SessionId | undefined
}

/**
 * Gives a person a new password: every other session ends, the owner is told unless it is their first.
 * @throws Busy if the lane is full; nothing has changed then
 */
export async function setPassword(ctx: Context, by: Caller, user: UserId, typed: string, options: SetOptions = {}): Promise<PasswordSet> {
  const reason = await refusePassword(ctx, user, typed)
  if (reason !== undefined) return { outcome: 'refused', reason }
  const hash = await inLane('source', by.address, () => hashSecret(ctx, normalisePassword(typed)))
  return ctx.db.transaction((tx) => settle(ctx, tx, by, user, hash, options))
}

async function settle(ctx: Context, tx: Tx, by: Caller, user: UserId, hash: string, options: SetOptions): Promise<PasswordSet> {
  const at = ctx.now()
  const reset = options.reset !== undefined
  if (options.spend !== undefined && (await spendLink(ctx, tx, options.spend.purpose, options.spend.secret)) === undefined)
    return { outcome: 'link-spent' }
  if (options.acting !== undefined && !(await notEnded(tx, options.acting))) return { outcome: 'session-over' }
  // A reset makes some things wait, whichever proof led to it: the person's row is the first to be held.
  if (reset)
    await tx
      .updateTable('recovery_guards')
      .set({ password_reset_at: at, password_reset_proof: options.reset ?? null })
      .where('user_id', '=', user)
      .execute()
  const replaced = await replaceHash(tx, user, { hash, at, reset })
  if (replaced === 'no-such-user') return { outcome: 'no-such-user' }
  await clearGuard(ctx, tx, replaced.loginName)
  await clearDevices(tx, user)
  await endSessionsOf(ctx, tx, by, user, options.keep === undefined ? {} : { except: options.keep })
  if (!replaced.first) await tellOwner(ctx, tx, by, user, { action: reset ? 'password-reset' : 'password-changed' })
  const outcome = reset ? 'reset' : 'set'
  await record(ctx, tx, { at, action: 'passwords.set-password', outcome, subject: user, by })
  return { outcome: 'set' }
}
