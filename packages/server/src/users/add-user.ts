import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Role } from '../db/columns.ts'
import type { Tx } from '../db/database.ts'
import { drawId, type UserId } from '../ids.ts'
import {
  type AddressRefusal,
  type NameRefusal,
  readAddress,
  readDisplayName,
  readLocale,
  readName,
  readTimeZone,
  spellingsOf,
} from './rules.ts'
import { hasAddress, hasName, holdRealm, insertAddress, insertGuards, insertPerson } from './store.ts'
import { tombstoneOf } from './tombstone.ts'

export type NewUser = {
  name: string
  email: string
  displayName?: string | undefined
  role?: Role | undefined
  locale?: string | undefined
  timeZone?: string | undefined
}
export type UserField = 'name' | 'email' | 'displayName' | 'locale' | 'timeZone'
export type Added =
  | { outcome: 'added'; user: UserId }
  | { outcome: 'name-taken' }
  /** `name-of-another`: the address is another person's login name. `unknown`: no such language or time zone. */
  | { outcome: 'malformed'; field: UserField; reason: NameRefusal | AddressRefusal | 'name-of-another' | 'unknown' }

/** Adds a person without a password. Their address is not verified yet. */
export function addUser(ctx: Context, by: Caller, wish: NewUser): Promise<Added> {
  return ctx.db.transaction((tx) => addUserIn(ctx, tx, by, wish))
}

/** The same in the caller's transaction. */
export async function addUserIn(ctx: Context, tx: Tx, by: Caller, wish: NewUser): Promise<Added> {
  const read = readWish(wish)
  if ('outcome' in read) return read
  const id = drawId('usr', ctx.random)
  const at = ctx.now()
  await holdRealm(tx)
  const { name, address } = read
  const taken = await hasName(tx, [tombstoneOf(ctx, name.canonical)])
  if (taken || (await hasAddress(tx, spellingsOf(name.canonical)))) return { outcome: 'name-taken' }
  if (await hasName(tx, spellingsOf(address.shown))) return { outcome: 'malformed', field: 'email', reason: 'name-of-another' }
  const person = { id, loginName: name.canonical, displayName: read.displayName, role: wish.role ?? 'user', state: 'active' } as const
  const { locale, timeZone } = read
  if (!(await insertPerson(tx, { ...person, locale, timeZone, createdAt: at, enrolledAt: undefined }))) return { outcome: 'name-taken' }
  await insertGuards(tx, id)
  await insertAddress(tx, { id: drawId('adr', ctx.random), user: id, shown: address.shown, canonical: address.canonical, at })
  await record(ctx, tx, { at, action: 'users.add-user', outcome: 'added', subject: id, by })
  return { outcome: 'added', user: id }
}

type Spelling = { canonical: string; shown: string }
type ReadWish = { name: Spelling; address: Spelling; displayName: string; locale: string; timeZone: string }
type Malformed = Extract<Added, { outcome: 'malformed' }>

function readWish(wish: NewUser): ReadWish | Malformed {
  const name = readName(wish.name)
  if (!name.ok) return { outcome: 'malformed', field: 'name', reason: name.reason }
  const address = readAddress(wish.email)
  if (!address.ok) return { outcome: 'malformed', field: 'email', reason: address.reason }
  const displayName = readDisplayName(wish.displayName ?? name.shown)
  if (!displayName.ok) return { outcome: 'malformed', field: 'displayName', reason: displayName.reason }
  const locale = readLocale(wish.locale ?? 'en')
  if (locale === undefined) return { outcome: 'malformed', field: 'locale', reason: 'unknown' }
  const timeZone = readTimeZone(wish.timeZone ?? 'UTC')
  if (timeZone === undefined) return { outcome: 'malformed', field: 'timeZone', reason: 'unknown' }
  return { name, address, displayName: displayName.shown, locale, timeZone }
}
