import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import { readLocale } from './rules.ts'

/** Sets the language in which a person reads (BCP 47). */
export async function setLocale(ctx: Context, by: Caller, user: UserId, typed: string): Promise<{ outcome: 'set' | 'unknown' }> {
  const locale = readLocale(typed)
  if (locale === undefined) return { outcome: 'unknown' }
  return ctx.db.transaction(async (tx) => {
    await tx.updateTable('users').set({ locale }).where('id', '=', user).where('state', '!=', 'removed').execute()
    await record(ctx, tx, { at: ctx.now(), action: 'users.set-locale', outcome: 'set', subject: user, by })
    return { outcome: 'set' }
  })
}
