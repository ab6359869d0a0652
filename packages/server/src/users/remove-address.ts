import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { AddressId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { recoveryAddresses } from './list-addresses.ts'
import { holdPerson } from './store.ts'

export type AddressRemoved = {
  outcome:
    | 'removed'
    /** No other may prove a recovery now: one that was added lately does not stand in for it. */
    | 'last-address'
    | 'no-such-address'
}

/** The person gives up a mail address. If it was verified, it is told as well, once more; one that may prove a recovery is always left. */
export function removeAddress(ctx: Context, by: Caller, user: UserId, address: AddressId): Promise<AddressRemoved> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const outcome = await remove(ctx, tx, by, user, address, at)
    await record(ctx, tx, { at, action: 'users.remove-address', outcome, subject: user, object: address, by })
    return { outcome }
  })
}

async function remove(ctx: Context, tx: Tx, by: Caller, user: UserId, address: AddressId, at: number): Promise<AddressRemoved['outcome']> {
  if (!(await holdPerson(tx, user))) return 'no-such-address'
  const own = tx.selectFrom('addresses').select('verified_at').where('id', '=', address).where('user_id', '=', user)
  const meant = await own.where('ended_at', 'is', null).executeTakeFirst()
  if (meant === undefined) return 'no-such-address'
  if (meant.verified_at !== null) {
    const others = (await recoveryAddresses(tx, user, at)).filter(({ id }) => id !== address)
    if (others.length === 0) return 'last-address'
    await tellOwner(ctx, tx, by, user, { action: 'address-removed', ended: address })
  }
  await tx.updateTable('addresses').set({ ended_at: at }).where('id', '=', address).execute()
  return 'removed'
}
