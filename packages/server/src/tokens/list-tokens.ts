import { isSerialNumber, printSerialNumber } from '@latchkey/protocol/codes/serial-number'
import { STEP_MS } from '@latchkey/protocol/otp/totp'
import type { Context } from '../context.ts'
import type { TokenId, UserId } from '../ids.ts'
import { NEVER } from './key-sets.ts'

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
    .select(['id', 'label', 'serial_number', 'state', 'reason', 'created_at', 'last_used_at', 'replaces', 'drift'])
    .select((token) =>
      token
        .selectFrom('key_sets')
        .whereRef('key_sets.token_id', '=', 'authenticators.id')
        .select((set) => set.fn.max('last_step').as('step'))
        .as('step'),
    )
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
      lastUsedAt: lastUse(row),
      replaces: row.replaces ?? undefined,
    }
  })
}

/** A code that was accepted at once leaves its step and no other time: it was shown in those thirty seconds. */
function lastUse({ last_used_at, step, drift }: { last_used_at: number | null; step: number | null; drift: number }): number | undefined {
  if (step === null || step === NEVER) return last_used_at ?? undefined
  return Math.max(last_used_at ?? 0, (step - drift) * STEP_MS)
}
