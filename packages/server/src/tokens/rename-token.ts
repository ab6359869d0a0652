import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { TokenId, UserId } from '../ids.ts'
import { labelOf } from './rules.ts'

export type Renamed = { outcome: 'renamed' } | { outcome: 'malformed' } | { outcome: 'no-such-token' }

/** Gives a token of the person another label: 1 to 40 characters, none that could spoil a line. */
export async function renameToken(ctx: Context, by: Caller, user: UserId, token: TokenId, typed: string): Promise<Renamed> {
  const label = labelOf(typed)
  if (label === undefined) return { outcome: 'malformed' }
  return ctx.db.transaction(async (tx) => {
    const rows = await tx
      .updateTable('authenticators')
      .set({ label })
      .where('id', '=', token)
      .where('user_id', '=', user)
      .where('state', 'in', ['active', 'disabled', 'suspended'])
      .returning('id')
      .execute()
    const outcome = rows.length > 0 ? 'renamed' : 'no-such-token'
    await record(ctx, tx, { at: ctx.now(), action: 'tokens.rename', outcome, subject: user, object: token, by })
    return { outcome }
  })
}
