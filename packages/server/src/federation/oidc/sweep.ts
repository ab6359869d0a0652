import type { Context } from '../../context.ts'
import { deleteExpired } from './store.ts'

/** Deletes what the library kept and nobody can use any more. Returns how many rows there were. */
export function sweepOidc(ctx: Context): Promise<number> {
  return ctx.db.transaction((tx) => deleteExpired(tx, ctx.now()))
}
