import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { AddressId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { spellingsOf } from './rules.ts'
import { hasName, holdPerson, holdRealm } from './store.ts'

const KEPT_MS = 7 * 24 * 3_600_000

export type AddressBroughtBack = {
  outcome:
    | 'brought-back'
    /** Not there, not this person's, never verified, given up long ago, there again already, or another's login name by now. */
    | 'no-such-address'
}

/** Undoes the removal of a verified address within 7 days, for its owner who says `This wasn't me`. It may prove a recovery as before. */
export function bringBackAddress(ctx: Context, by: Caller, user: UserId, address: AddressId): Promise<AddressBroughtBack> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const outcome = (await bringBack(tx, user, address, at)) ? 'brought-back' : 'no-such-address'
    await record(ctx, tx, { at, action: 'users.bring-back-address', outcome, subject: user, object: address, by })
    if (outcome === 'brought-back') await tellOwner(ctx, tx, by, user, { action: 'address-back' })
    return { outcome }
  })
}

async function bringBack(tx: Tx, user: UserId, address: AddressId, at: number): Promise<boolean> {
  await holdRealm(tx)
  if (!(await holdPerson(tx, user))) return false
  const theirs = await tx
    .selectFrom('addresses')
    .select(['id', 'address', 'canonical', 'verified_at', 'ended_at'])
    .where('user_id', '=', user)
    .execute()
  const meant = theirs.find(({ id }) => id === address)
  if (meant === undefined || meant.verified_at === null || meant.ended_at === null || meant.ended_at <= at - KEPT_MS) return false
  if (theirs.some(({ ended_at, canonical }) => ended_at === null && canonical === meant.canonical)) return false
  if (await hasName(tx, spellingsOf(meant.address), user)) return false
  await tx.updateTable('addresses').set({ ended_at: null }).where('id', '=', address).execute()
  return true
}
