import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import { drawId } from '../ids.ts'
import { drawKey } from './draw-key.ts'
import { OVERLAP_MS, PORTAL_OVERLAP_MS, PUBLISHED_FIRST_MS, SLOTS } from './rules.ts'
import { deleteRetired, insertKeys, promoteNext, retireOthers, takeTurn } from './store.ts'

/** `too-soon`: the next keys are not published for long enough, or somebody else rotated at this moment. */
export type Rotated = { outcome: 'rotated' | 'too-soon' }

/** The next keys sign from now on, the current ones verify for a day more, new ones are published to come next. */
export async function rotateSigningKeys(ctx: Context, by: Caller): Promise<Rotated> {
  const fresh = await Promise.all(SLOTS.map((slot) => drawKey(ctx, slot, drawId('key', ctx.random), 'next')))
  return ctx.db.transaction(async (tx) => {
    await takeTurn(tx)
    const at = ctx.now()
    for (const [index, slot] of SLOTS.entries()) {
      const promoted = await promoteNext(tx, slot, at - PUBLISHED_FIRST_MS)
      if (promoted === undefined && index === 0) return { outcome: 'too-soon' }
      // The slots rotate together: one that cannot follow rolls all back.
      if (promoted === undefined) throw new Error(`there is no next key for ${slot.use} ${slot.algorithm}`)
      await retireOthers(tx, slot, promoted, at + (slot.use === 'portal' ? PORTAL_OVERLAP_MS : OVERLAP_MS))
      await record(ctx, tx, { at, action: 'signing-keys.rotate', outcome: 'rotated', subject: undefined, object: promoted, by })
    }
    await deleteRetired(tx, at)
    await insertKeys(tx, fresh)
    return { outcome: 'rotated' }
  })
}
