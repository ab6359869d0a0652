import type { Selectable } from 'kysely'
import type { Tx } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'
import type { AddressId, UserId } from '../ids.ts'
import type { Person } from './person.ts'

export const COLUMNS = ['id', 'login_name', 'display_name', 'role', 'state', 'locale', 'time_zone', 'created_at', 'enrolled_at'] as const
export type Row = Pick<Selectable<Schema['users']>, (typeof COLUMNS)[number]>

export function selectPeople(db: Tx) {
  return db.selectFrom('users').select(COLUMNS)
}

export function personOf(row: Row): Person {
  return {
    id: row.id,
    loginName: row.login_name,
    displayName: row.display_name,
    role: row.role,
    state: row.state,
    locale: row.locale,
    timeZone: row.time_zone,
    createdAt: row.created_at,
    enrolledAt: row.enrolled_at ?? undefined,
  }
}

/** Names and addresses stand in two tables and must not meet; neither must the last two administrators go at once. Whoever changes that takes turns. */
export async function holdRealm(tx: Tx): Promise<void> {
  await tx
    .updateTable('realms')
    .set((eb) => ({ name: eb.ref('name') }))
    .where('id', '=', 'default')
    .execute()
}

/** Holds a person's row, so that what is about all of their addresses happens in turns. False if there is no such person. */
export async function holdPerson(tx: Tx, user: UserId): Promise<boolean> {
  const row = await tx
    .updateTable('users')
    .set((eb) => ({ state: eb.ref('state') }))
    .where('id', '=', user)
    .where('state', '!=', 'removed')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** False if the login name is taken. */
export async function insertPerson(tx: Tx, person: Person): Promise<boolean> {
  const row = await tx
    .insertInto('users')
    .values({
      id: person.id,
      login_name: person.loginName,
      display_name: person.displayName,
      role: person.role,
      state: person.state,
      locale: person.locale,
      time_zone: person.timeZone,
      created_at: person.createdAt,
      enrolled_at: null,
      ended_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** The rows that a person's codes and proofs are counted on: there before the first is tried. */
export async function insertGuards(tx: Tx, user: UserId): Promise<void> {
  await tx
    .insertInto('code_guards')
    .values({
      user_id: user,
      failures: 0,
      not_before: 0,
      door_failures: 0,
      door_not_before: 0,
      doors_shut_at: null,
      wrong_since_success: 0,
    })
    .execute()
  await tx
    .insertInto('recovery_guards')
    .values({ user_id: user, attempts: 0, not_before: 0, last_at: 0, password_reset_at: null, password_reset_proof: null })
    .execute()
}

/** Holds the row that a person's codes are counted on: whoever judges one is waited for, and whoever comes to it later waits. */
export async function holdCodes(tx: Tx, user: UserId): Promise<void> {
  await tx.updateTable('code_guards').set({ user_id: user }).where('user_id', '=', user).execute()
}

export async function insertAddress(
  tx: Tx,
  address: { id: AddressId; user: UserId; shown: string; canonical: string; at: number },
): Promise<void> {
  await tx
    .insertInto('addresses')
    .values({
      id: address.id,
      user_id: address.user,
      address: address.shown,
      canonical: address.canonical,
      created_at: address.at,
      verified_at: null,
      recovery_from: null,
      ended_at: null,
    })
    .execute()
}

/** Whether anybody, `beside` one, has such a login name. */
export async function hasName(tx: Tx, spellings: readonly string[], beside?: UserId): Promise<boolean> {
  let query = tx
    .selectFrom('users')
    .select('id')
    .where('realm_id', '=', 'default')
    .where('login_name', 'in', [...spellings])
  if (beside !== undefined) query = query.where('id', '!=', beside)
  return (await query.executeTakeFirst()) !== undefined
}

/** Whether anybody, `beside` one, has such an address. */
export async function hasAddress(tx: Tx, spellings: readonly string[], beside?: UserId): Promise<boolean> {
  let query = tx
    .selectFrom('addresses')
    .select('id')
    .where('canonical', 'in', [...spellings])
    .where('ended_at', 'is', null)
  if (beside !== undefined) query = query.where('user_id', '!=', beside)
  return (await query.executeTakeFirst()) !== undefined
}

/** Whether an administrator other than this one could still sign in, or is invited as this one is. */
export async function hasOtherAdministrator(tx: Tx, user: UserId): Promise<boolean> {
  const own = await tx.selectFrom('users').select('enrolled_at').where('id', '=', user).executeTakeFirst()
  const isInvited = own?.enrolled_at === null
  const row = await tx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('state', '=', 'active')
    .$if(!isInvited, (others) => others.where('enrolled_at', 'is not', null))
    .where('id', '!=', user)
    .executeTakeFirst()
  return row !== undefined
}
