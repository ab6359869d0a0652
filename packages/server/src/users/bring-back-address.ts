import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { AddressId, UserId } from '../ids.ts'
import { lastTold, tellOwner } from '../notices/tell-owner.ts'
import { spellingsOf } from './rules.ts'
import { hasName, holdPerson, holdRealm } from './store.ts'

const KEPT_MS = 7 * 24 * 3_600_000

export type AddressBroughtBack = {
  outcome:
    | 'brought-back'
    /** Not there, not this person's, or nothing that comes back: see there. */
    | 'no-such-address'
}

/**
 * Undoes the removal of an address within 7 days, for its owner who says `This wasn't me`. It may prove a recovery as before.
 * Whoever reads the mail of an address that its owner gave up says so too. So it comes back once, if it could prove a recovery when it was
 * removed, and if no address that can is left from before it: the oldest is the one that a stranger cannot have added.
 */
export function bringBackAddress(ctx: Context, by: Caller, user: UserId, address: AddressId): Promise<AddressBroughtBack> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const outcome = (await bringBack(tx, user, address, at)) ? 'brought-back' : 'no-such-address'
    await record(ctx, tx, { at, action: 'users.bring-back-address', outcome, subject: user, object: address, by })
    if (outcome === 'brought-back') await tellOwner(ctx, tx, by, user, { action: 'address-back', added: address })
    return { outcome }
  })
}

async function bringBack(tx: Tx, user: UserId, address: AddressId, at: number): Promise<boolean> {
  await holdRealm(tx)
  if (!(await holdPerson(tx, user))) return false
  const theirs = await tx.selectFrom('addresses').selectAll().where('user_id', '=', user).execute()
  const meant = theirs.find(({ id }) => id === address)
  if (meant === undefined || !provedRecovery(meant) || meant.ended_at === null || meant.ended_at <= at - KEPT_MS) return false
  const left = theirs.filter(({ ended_at }) => ended_at === null)
  if (left.some((other) => isOlder(other, meant, at))) return false
  const twin = left.find(({ canonical }) => canonical === meant.canonical)
  if (twin !== undefined && twin.verified_at !== null) return false
  if ((await lastTold(tx, user, { action: 'address-back', added: address })) !== undefined) return false
  if (await hasName(tx, spellingsOf(meant.address), user)) return false
  // Whoever removed it may have added it again: unverified it stands in the way of nothing.
  if (twin !== undefined) await tx.updateTable('addresses').set({ ended_at: at }).where('id', '=', twin.id).execute()
  await tx.updateTable('addresses').set({ ended_at: null }).where('id', '=', address).execute()
  return true
}

type Row = { verified_at: number | null; recovery_from: number | null; ended_at: number | null }

function provedRecovery({ recovery_from, ended_at }: Row): boolean {
  return recovery_from !== null && ended_at !== null && recovery_from <= ended_at
}

/** Whether an address may prove a recovery, and was there before the other. */
function isOlder({ verified_at, recovery_from }: Row, other: Row, at: number): boolean {
  return recovery_from !== null && recovery_from <= at && verified_at !== null && verified_at < (other.verified_at ?? 0)
}
