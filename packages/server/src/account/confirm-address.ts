import type { Caller, Context } from '../context.ts'
import { isId } from '../ids.ts'
import { spendLink } from '../links/spend-link.ts'
import { type AddressVerified, verifyAddressIn } from '../users/verify-address.ts'

/** Spends the link that was mailed to an address, and takes the address for shown, in one transaction. */
export function confirmAddress(ctx: Context, by: Caller, secret: string): Promise<AddressVerified> {
  return ctx.db.transaction(async (tx) => {
    const link = await spendLink(ctx, tx, 'address', secret)
    if (link?.user === undefined || link.subject === undefined || !isId('adr', link.subject)) return { outcome: 'no-such-address' }
    return verifyAddressIn(ctx, tx, by, link.user, link.subject)
  })
}
