import { parseSerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Context } from '../context.ts'
import type { TokenId, UserId } from '../ids.ts'

/**
 * The person whose one active token has this serial number, as it was typed; undefined for anything else. An attempt is the person's and is judged
 * against all their tokens: only where there is no other is a code that is accepted surely one of this token.
 */
export async function findOwner(ctx: Context, typed: string): Promise<{ user: UserId; token: TokenId } | undefined> {
  const parsed = parseSerialNumber(typed)
  const row = await ctx.db.read
    .selectFrom('authenticators as one')
    .innerJoin('soft_tokens', 'soft_tokens.token_id', 'one.id')
    .select(['one.id', 'one.user_id'])
    // What cannot be a serial number is looked for all the same: unknown is unknown.
    .where('soft_tokens.serial_number', '=', parsed.ok ? parsed.serial : '')
    .where('one.state', '=', 'active')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('authenticators as other')
            .select('other.id')
            .whereRef('other.user_id', '=', 'one.user_id')
            .whereRef('other.id', '<>', 'one.id')
            .where('other.state', '=', 'active'),
        ),
      ),
    )
    .executeTakeFirst()
  return row && { user: row.user_id, token: row.id }
}
