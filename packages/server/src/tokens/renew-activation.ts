import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import { PENDING_FIRST } from './activation-store.ts'
import { type Issued, issueTokenIn, type Order } from './issue-token.ts'

/** `done`: the latest activation became a token, perhaps in another window. */
export type Renewed = Issued | { outcome: 'done' }

/** New codes for the latest activation that became no token: new serial number, same label, same token to replace. */
export function renewActivation(ctx: Context, by: Caller, user: UserId): Promise<Renewed> {
  return ctx.db.transaction(async (tx) => {
    const order = await latestOrder(tx, user)
    return order === undefined ? { outcome: 'done' } : issueTokenIn(ctx, tx, by, user, order)
  })
}

async function latestOrder(tx: Tx, user: UserId): Promise<Order | undefined> {
  const row = await tx
    .selectFrom('activations')
    .innerJoin('authenticators', 'authenticators.id', 'activations.token_id')
    .select(['activations.state', 'activations.suspend_replaced', 'authenticators.label', 'authenticators.replaces'])
    .where('activations.user_id', '=', user)
    .orderBy(PENDING_FIRST)
    .orderBy('activations.created_at', 'desc')
    .orderBy('activations.ended_at', (order) => order.desc().nullsFirst())
    .limit(1)
    .executeTakeFirst()
  if (row === undefined || row.state === 'done') return undefined
  const order = { label: row.label, suspendReplaced: row.suspend_replaced === 1 }
  return row.replaces === null ? order : { ...order, replaces: row.replaces }
}
