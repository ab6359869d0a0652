import type { Context } from '../context.ts'
import { deleteRetired } from './store.ts'

/** Deletes the keys that verify no more. Returns how many there were. */
export function sweepSigningKeys(ctx: Context): Promise<number> {
  return ctx.db.transaction((tx) => deleteRetired(tx, ctx.now()))
}
