import { record } from '../audit/record.ts'
import { type Context, INSIDE } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { voidActivation } from './activation-store.ts'
import { WIPED } from './key-sets.ts'
import { BUDGET_MS, RESET_WINDOW_MS, RETIRED_KEPT_MS } from './rules.ts'

/**
 * Ends what time has ended: activations that expired, with their codes and keys; the keys of retired sets after 90 days; counts that no longer count.
 * Doing it again, or twice at once, changes nothing.
 */
export function sweepTokens(ctx: Context): Promise<void> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await endExpired(ctx, tx, at)
    await tx
      .updateTable('key_sets')
      .set({ sealed_keys: WIPED })
      .where('state', '=', 'retired')
      .where('retired_at', '<=', at - RETIRED_KEPT_MS)
      .where('sealed_keys', '!=', WIPED)
      .execute()
    await tx
      .deleteFrom('wrong_codes')
      .where('at', '<=', at - BUDGET_MS)
      .execute()
    await tx
      .deleteFrom('reset_attempts')
      .where('at', '<=', at - RESET_WINDOW_MS)
      .execute()
  })
}

async function endExpired(ctx: Context, tx: Tx, at: number): Promise<void> {
  const expired = await tx
    .selectFrom('activations')
    .select(['id', 'user_id'])
    .where('state', 'in', ['open', 'provisional'])
    .where('expires_at', '<=', at)
    .execute()
  for (const { id, user_id } of expired) {
    if (!(await voidActivation(tx, id, at))) continue
    await record(ctx, tx, { at, action: 'tokens.end-activation', outcome: 'expired', subject: user_id, object: id, by: INSIDE })
  }
}
