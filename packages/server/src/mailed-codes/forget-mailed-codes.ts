import type { Context } from '../context.ts'
import { MAILS_MS } from './rules.ts'

/** Deletes codes that are neither good nor counted any more; by a timer. Returns how many went. */
export function forgetMailedCodes(ctx: Context): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    const rows = await tx
      .deleteFrom('mailed_codes')
      .where('created_at', '<=', ctx.now() - MAILS_MS)
      .returning('id')
      .execute()
    return rows.length
  })
}
