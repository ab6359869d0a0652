import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import { drawId } from '../ids.ts'
import { drawKey } from './draw-key.ts'
import { SLOTS } from './rules.ts'
import { deleteAll, insertKeys, takeTurn } from './store.ts'

/**
 * For keys that leaked: new ones sign from now on, and no other verifies, neither those that signed nor those that would have. Sign-ins under
 * way begin again, and relying parties fetch the new ones when they meet them.
 */
export async function replaceSigningKeys(ctx: Context, by: Caller): Promise<void> {
  const slots = SLOTS.flatMap((slot) => (['current', 'next'] as const).map((state) => ({ slot, state })))
  const fresh = await Promise.all(slots.map(({ slot, state }) => drawKey(ctx, slot, drawId('key', ctx.random), state)))
  await ctx.db.transaction(async (tx) => {
    await takeTurn(tx)
    await deleteAll(tx)
    await insertKeys(tx, fresh)
    const event = { at: ctx.now(), action: 'signing-keys.replace', outcome: 'replaced', subject: undefined, by }
    for (const { id, state } of fresh) if (state === 'current') await record(ctx, tx, { ...event, object: id })
  })
}
