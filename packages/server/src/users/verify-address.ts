import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { AddressId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { recoveryFrom } from './rules.ts'
import { holdPerson } from './store.ts'

export type AddressVerified = { outcome: 'verified' | 'no-such-address' }

/** Takes an address for shown to be the person's; once. Those verified before are told. Call it when the link that was mailed there is spent. */
export function verifyAddress(ctx: Context, by: Caller, user: UserId, address: AddressId): Promise<AddressVerified> {
  return ctx.db.transaction((tx) => verifyAddressIn(ctx, tx, by, user, address))
}

/** The same in the transaction that spends the link. */
export async function verifyAddressIn(ctx: Context, tx: Tx, by: Caller, user: UserId, address: AddressId): Promise<AddressVerified> {
  const at = ctx.now()
  if (!(await holdPerson(tx, user))) return { outcome: 'no-such-address' }
  // Ended ones count: whoever deletes the only address and adds another does not get a recovery address at once.
  const earlier = await tx
    .selectFrom('addresses')
    .select('id')
    .where('user_id', '=', user)
    .where('verified_at', 'is not', null)
    .executeTakeFirst()
  const open = await tx
    .selectFrom('addresses')
    .select('id')
    .where('id', '=', address)
    .where('user_id', '=', user)
    .where('verified_at', 'is', null)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  if (open === undefined) return { outcome: 'no-such-address' }
  if (earlier !== undefined) await tellOwner(ctx, tx, by, user, { action: 'address-added', added: address })
  const recovery_from = recoveryFrom(at, earlier !== undefined, ctx.config.recovery.newAddressAfterDays)
  await tx.updateTable('addresses').set({ verified_at: at, recovery_from }).where('id', '=', address).execute()
  await record(ctx, tx, { at, action: 'users.verify-address', outcome: 'verified', subject: user, object: address, by })
  return { outcome: 'verified' }
}
