import type { Context } from '../context.ts'
import { WIPED } from './key-sets.ts'
import { ENDED_KEPT_MS } from './rules.ts'

/** Wipes the keys of tokens that ended seven days ago. The rows stay: serial numbers are unique for ever. Doing it again changes nothing. */
export function eraseEnded(ctx: Context): Promise<{ erased: number }> {
  return ctx.db.transaction(async (tx) => {
    const rows = await tx
      .updateTable('key_sets')
      .set({ sealed_keys: WIPED })
      .where('sealed_keys', '!=', WIPED)
      .where('token_id', 'in', (query) =>
        query
          .selectFrom('authenticators')
          .select('authenticators.id')
          .where('authenticators.state', '=', 'ended')
          .where('authenticators.ended_at', '<=', ctx.now() - ENDED_KEPT_MS),
      )
      .returning('id')
      .execute()
    return { erased: rows.length }
  })
}
