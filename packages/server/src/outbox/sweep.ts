import type { Context } from '../context.ts'
import { KEEP_SENT_MS } from './rules.ts'
import { deleteEnded } from './store.ts'

/** Deletes messages whose week after the delivery, or after they were given up, is over. Returns how many. */
export function sweep(ctx: Context): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    const before = ctx.now() - KEEP_SENT_MS
    return (await deleteEnded(tx, 'sent', before)) + (await deleteEnded(tx, 'failed', before))
  })
}
