import type { Context } from '../context.ts'
import { drawKey } from './draw-key.ts'
import { SLOTS } from './rules.ts'
import { insertKeys, selectLiveKeys } from './store.ts'

/** Makes the first keys where there are none. Several instances may start at once. */
export async function ensureKeys(ctx: Context): Promise<void> {
  const known = await selectLiveKeys(ctx.db.read, ctx.now()).select(['use', 'algorithm', 'state']).execute()
  const missing = SLOTS.flatMap((slot) => (['current', 'next'] as const).map((state) => ({ slot, state }))).filter(
    ({ slot, state }) => !known.some((key) => key.use === slot.use && key.algorithm === slot.algorithm && key.state === state),
  )
  if (missing.length === 0) return
  const rows = await Promise.all(
    missing.map(({ slot, state }) => drawKey(ctx, slot, `key_first-${slot.use}-${slot.algorithm}-${state}`, state)),
  )
  await ctx.db.transaction((tx) => insertKeys(tx, rows))
}
