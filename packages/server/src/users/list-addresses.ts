import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { AddressId, UserId } from '../ids.ts'

export type Address = {
  id: AddressId
  address: string
  verifiedAt: number | undefined
  /** From when it may prove a recovery. */
  recoveryFrom: number | undefined
}

/** A person's addresses, the oldest first. */
export async function listAddresses(ctx: Context, user: UserId): Promise<Address[]> {
  return addressesOf(ctx.db.read, user)
}

/** Those that were shown to be the person's, as they stand in this transaction. */
export async function verifiedAddresses(tx: Tx, user: UserId): Promise<Address[]> {
  return (await addressesOf(tx, user)).filter(({ verifiedAt }) => verifiedAt !== undefined)
}

/** Those that may prove a recovery at that time. */
export async function recoveryAddresses(tx: Tx, user: UserId, at: number): Promise<Address[]> {
  return (await verifiedAddresses(tx, user)).filter(({ recoveryFrom }) => recoveryFrom !== undefined && recoveryFrom <= at)
}

async function addressesOf(db: Tx, user: UserId): Promise<Address[]> {
  const rows = await db
    .selectFrom('addresses')
    .select(['id', 'address', 'verified_at', 'recovery_from'])
    .where('user_id', '=', user)
    .where('ended_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(({ id, address, verified_at, recovery_from }) => ({
    id,
    address,
    verifiedAt: verified_at ?? undefined,
    recoveryFrom: recovery_from ?? undefined,
  }))
}
