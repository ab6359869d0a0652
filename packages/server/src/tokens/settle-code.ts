import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { TokenId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { addWrongCodes, clearFailures, type Guard, NOBODY, settleWrongCodes, touchToken, useStep } from './code-store.ts'
import { confirmKeySet } from './confirm-key-set.ts'
import type { SetInPlay } from './judge-code.ts'
import { BUDGET_MS, type Consequence, consequenceOf, TELL_AGAIN_MS } from './rules.ts'

/** Whose attempt it is, and at which kind of door. `guard` is undefined where nothing was charged: then the same statements run over nobody's rows. */
export type Attempt = { by: Caller; user: UserId; guard: Guard | undefined; bare: boolean; at: number; hasToken: boolean }

/** Wrong codes were charged, all at doors of one kind and no two to the same person: they cost what `consequenceOf` says. */
export async function settleWrong(ctx: Context, tx: Tx, attempts: readonly Attempt[], at: number): Promise<void> {
  const bare = attempts[0]?.bare ?? false
  const chargedTo = ({ guard, user }: Attempt): UserId => (guard === undefined ? NOBODY : user)
  const added = attempts.map((attempt) => ({
    user: chargedTo(attempt),
    from: Math.max(at - BUDGET_MS + 1, attempt.guard?.counted_from ?? 0),
  }))
  const inBudget = await addWrongCodes(ctx, tx, added, bare, at)
  const settled = attempts.map((attempt) => {
    const user = chargedTo(attempt)
    const consequence = consequenceNow(attempt, inBudget.get(user) ?? 0)
    const { waitMs, warn, shutDoors } = consequence
    const warnedAt = warn ? at : (attempt.guard?.warned_at ?? null)
    return { attempt, consequence, wrong: { user, notBefore: at + waitMs, warnedAt, doorsShutAt: shutDoors ? at : null } }
  })
  await settleWrongCodes(
    ctx,
    tx,
    settled.map(({ wrong }) => wrong),
    bare,
  )
  for (const { attempt, consequence } of settled) if (attempt.guard !== undefined) await follow(ctx, tx, attempt, consequence)
}

/** Whom wrong codes were told of lately is not warned again. */
function consequenceNow({ guard, bare, at }: Attempt, inBudget: number): Consequence {
  const { failures, door_failures } = guard ?? { failures: 0, door_failures: 0 }
  const consequence = consequenceOf({ bare, failures, doorFailures: door_failures, inBudget })
  const warned = guard?.warned_at ?? null
  return { ...consequence, warn: consequence.warn && (warned === null || warned <= at - TELL_AGAIN_MS) }
}

async function follow(ctx: Context, tx: Tx, { by, user, at, hasToken }: Attempt, { warn, shutDoors, suspend }: Consequence): Promise<void> {
  if (suspend && hasToken) return suspendAll(ctx, tx, by, user, at)
  if (shutDoors) {
    await record(ctx, tx, { at, action: 'tokens.shut-doors', outcome: 'shut', subject: user, by })
    return tellOwner(ctx, tx, by, user, { action: 'doors-shut' })
  }
  if (warn) await tellOwner(ctx, tx, by, user, { action: 'wrong-codes' })
}

async function suspendAll(ctx: Context, tx: Tx, by: Caller, user: UserId, at: number): Promise<void> {
  const suspended = await tx
    .updateTable('authenticators')
    .set({ state: 'suspended', reason: 'wrong-codes' })
    .where('user_id', '=', user)
    .where('state', '=', 'active')
    .returning('id')
    .execute()
  for (const { id } of suspended)
    await record(ctx, tx, { at, action: 'tokens.suspend', outcome: 'wrong-codes', subject: user, object: id, by })
  await tellOwner(ctx, tx, by, user, { action: 'token-suspended' })
}

/** A code was accepted: its step is used up; a next key set becomes current; nothing is in a row any more. */
export async function settleAccepted(ctx: Context, tx: Tx, attempt: Attempt, token: TokenId, set: SetInPlay, step: number): Promise<void> {
  const { user, bare, at } = attempt
  if (set.state === 'next') await confirmKeySet(ctx, tx, token, set, at)
  await useStep(ctx, tx, set.id, step)
  await touchToken(ctx, tx, token, at)
  await clearFailures(ctx, tx, user, bare)
}

/** An old copy of a token is in use: its owner hears of it, once a day at most. */
export async function tellOfOldCopy(ctx: Context, tx: Tx, { by, user, at }: Attempt, token: TokenId): Promise<void> {
  const rows = await tx
    .updateTable('soft_tokens')
    .set({ old_copy_told_at: at })
    .where('token_id', '=', token)
    .where((row) => row.or([row('old_copy_told_at', 'is', null), row('old_copy_told_at', '<=', at - TELL_AGAIN_MS)]))
    .returning('token_id')
    .execute()
  if (rows.length > 0) await tellOwner(ctx, tx, by, user, { action: 'old-copy' })
}
