import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { UserId } from '../ids.ts'

/** Notes that the person says to have saved the codes of their present set; once. */
export function confirmSaved(ctx: Context, by: Caller, user: UserId): Promise<{ outcome: 'saved' | 'no-codes' }> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const row = await tx
      .updateTable('recovery_code_sets')
      .set((eb) => ({ saved_at: eb.fn.coalesce('saved_at', eb.val(at)) }))
      .where('user_id', '=', user)
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (row === undefined) return { outcome: 'no-codes' }
    await record(ctx, tx, { at, action: 'recovery-codes.confirm-saved', outcome: 'saved', subject: user, object: row.id, by })
    return { outcome: 'saved' }
  })
}
