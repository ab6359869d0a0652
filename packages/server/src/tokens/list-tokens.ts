import { isSerialNumber, printSerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Context } from '../context.ts'
import type { TokenId, UserId } from '../ids.ts'

/** A token that was activated and has not ended, as its owner sees it. Times are milliseconds since 1970. */
export type TokenView = {
  id: TokenId
  label: string
  /** `04829-15736` */
  serialNumber: string
  state: 'active' | 'disabled' | 'suspended'
  /** Why it is suspended: `lost`, `wrong-codes`, `operator`, `repudiated`. */
  reason: string | undefined
  createdAt: number
  lastUsedAt: number | undefined
  replaces: TokenId | undefined
}

/** A person's tokens, oldest first. */
export async function listTokens(ctx: Context, user: UserId): Promise<TokenView[]> {
  const rows = await ctx.db.read
    .selectFrom('authenticators')
    .innerJoin('soft_tokens', 'soft_tokens.token_id', 'authenticators.id')
    .select(['id', 'label', 'serial_number', 'state', 'reason', 'created_at', 'last_used_at', 'replaces'])
    .where('user_id', '=', user)
    .where('state', 'in', ['active', 'disabled', 'suspended'])
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.flatMap((row) => {
    if (row.state === 'pending' || row.state === 'ended') return []
    return {
      id: row.id,
      label: row.label,
      serialNumber: isSerialNumber(row.serial_number) ? printSerialNumber(row.serial_number) : row.serial_number,
      state: row.state,
      reason: row.reason ?? undefined,
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at ?? undefined,
      replaces: row.replaces ?? undefined,
    }
  })
}
