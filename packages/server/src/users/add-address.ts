import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { type AddressId, drawId, type UserId } from '../ids.ts'
import { type AddressRefusal, readAddress, spellingsOf } from './rules.ts'
import { hasName, holdPerson, holdRealm, insertAddress } from './store.ts'

const MOST_ADDRESSES = 5

export type AddressAdded =
  | { outcome: 'added'; address: AddressId; shown: string }
  | { outcome: 'malformed'; reason: AddressRefusal | 'name-of-another' }
  | { outcome: 'there-already' | 'too-many' | 'no-such-user' }

/** Adds an address that nobody has shown to be theirs yet: mail a link of purpose `address` about it, then `verifyAddress`. */
export function addAddress(ctx: Context, by: Caller, user: UserId, typed: string): Promise<AddressAdded> {
  return ctx.db.transaction(async (tx) => {
    const added = await add(ctx, tx, user, typed)
    const subject = added.outcome === 'no-such-user' ? undefined : user
    const object = added.outcome === 'added' ? added.address : undefined
    await record(ctx, tx, { at: ctx.now(), action: 'users.add-address', outcome: added.outcome, subject, object, by })
    return added
  })
}

async function add(ctx: Context, tx: Tx, user: UserId, typed: string): Promise<AddressAdded> {
  const read = readAddress(typed)
  if (!read.ok) return { outcome: 'malformed', reason: read.reason }
  await holdRealm(tx)
  if (!(await holdPerson(tx, user))) return { outcome: 'no-such-user' }
  const theirs = await tx.selectFrom('addresses').select('canonical').where('user_id', '=', user).where('ended_at', 'is', null).execute()
  if (theirs.some(({ canonical }) => canonical === read.canonical)) return { outcome: 'there-already' }
  if (theirs.length >= MOST_ADDRESSES) return { outcome: 'too-many' }
  if (await hasName(tx, spellingsOf(read.shown), user)) return { outcome: 'malformed', reason: 'name-of-another' }
  const address = drawId('adr', ctx.random)
  await insertAddress(tx, { id: address, user, shown: read.shown, canonical: read.canonical, at: ctx.now() })
  return { outcome: 'added', address, shown: read.shown }
}
