import { record } from '../../audit/record.ts'
import type { Caller, Context } from '../../context.ts'
import { PORTAL } from './rules.ts'
import { grantsOf, revokeGrant } from './store.ts'

/**
 * Removes a relying party, and whatever it was given: who is registered under its name later has none of it. People stay signed in here. The
 * portal is registered anew at each start.
 */
export async function removeRelyingParty(
  ctx: Context,
  by: Caller,
  clientId: string,
): Promise<{ outcome: 'removed' | 'no-such-relying-party' | 'is-portal' }> {
  if (clientId === PORTAL) return { outcome: 'is-portal' }
  const removed = await ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const row = await tx.deleteFrom('relying_parties').where('client_id', '=', clientId).returning('id').executeTakeFirst()
    if (row === undefined) return false
    for (const grant of await grantsOf(ctx, tx, clientId)) await revokeGrant(tx, grant, at)
    const event = { action: 'federation.remove-relying-party', outcome: 'removed', subject: undefined, object: row.id }
    await record(ctx, tx, { at, ...event, by })
    return true
  })
  return { outcome: removed ? 'removed' : 'no-such-relying-party' }
}
