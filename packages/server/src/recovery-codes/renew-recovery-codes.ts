import { printCode } from '@latchkey/protocol/codes/code'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { hashSecret } from '../hashing/hash-secret.ts'
import { inLane } from '../hashing/in-lane.ts'
import { drawId, type SessionId, type UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { holdProofs } from '../recovery-guards/settle-proof.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { notEnded } from '../sessions/not-ended.ts'
import { CODES, drawCode } from './rules.ts'
import { replaceSet } from './store.ts'

/** `codes` in groups of four, the first being number 1. They are not to be had again. */
export type RenewedCodes = { outcome: 'renewed'; set: string; codes: readonly string[] } | { outcome: 'no-such-user' | 'session-over' }

/** Keeps the codes for the page that shows them. */
type Show = (tx: Tx, codes: readonly string[]) => Promise<void>

/**
 * Makes ten recovery codes; the set before ends. Unless that was never said to be saved, or there was none, the owner is told,
 * and every session ends but those in `keep`. Nothing changes if `acting`, in which it is asked for, ended meanwhile. `show` is of the same transaction: a set that nobody could read never takes the place of another.
 * A code has 65 random bits. Less than 112, so that SP 800-63B-4, 3.1.2 asks for a salt and a password hashing scheme: each is hashed with Argon2id and its own salt.
 * @throws Busy if the lane is full; nothing has changed then
 */
export async function renewRecoveryCodes(
  ctx: Context,
  by: Caller,
  user: UserId,
  { keep = [], acting, show }: { keep?: readonly SessionId[]; acting?: SessionId; show?: Show } = {},
): Promise<RenewedCodes> {
  const codes = Array.from({ length: CODES }, (_, index) => drawCode(index + 1, ctx.random))
  const hashes = await inLane('source', by.address, async () => {
    const made: string[] = []
    for (const code of codes) made.push(await hashSecret(ctx, code))
    return made
  })
  const set = drawId('rcs', ctx.random)
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    // The person's row, so that of two renewals at once one set is left.
    if (!(await holdProofs(tx, user))) return { outcome: 'no-such-user' }
    if (acting !== undefined && !(await notEnded(tx, acting))) return { outcome: 'session-over' }
    const before = await tx
      .selectFrom('recovery_code_sets')
      .select('id')
      .where('user_id', '=', user)
      .where('saved_at', 'is not', null)
      .executeTakeFirst()
    await replaceSet(tx, user, { id: set, hashes, at })
    if (before !== undefined) {
      await endSessionsOf(ctx, tx, by, user, { except: keep })
      await tellOwner(ctx, tx, by, user, { action: 'recovery-codes-renewed' })
    }
    await record(ctx, tx, { at, action: 'recovery-codes.renew-recovery-codes', outcome: 'renewed', subject: user, object: set, by })
    const printed = codes.map(printCode)
    await show?.(tx, printed)
    return { outcome: 'renewed', set, codes: printed }
  })
}
