import type { Account } from 'oidc-provider'
import type { Context } from '../../context.ts'
import { isId } from '../../ids.ts'
import { findUser } from '../../users/find-user.ts'
import { listAddresses } from '../../users/list-addresses.ts'
import type { Person } from '../../users/person.ts'

/** A person as relying parties see them; undefined for one who is not active: no token is made for them. */
export async function findAccount(ctx: Context, sub: string): Promise<Account | undefined> {
  if (!isId('usr', sub)) return undefined
  const person = await findUser(ctx, sub)
  if (person?.state !== 'active') return undefined
  return { accountId: sub, claims: async () => ({ ...profileOf(person), ...(await emailOf(ctx, person)) }) }
}

/** The library gives away only what scopes and claims ask for. */
function profileOf(person: Person) {
  return {
    sub: person.id,
    name: person.displayName,
    preferred_username: person.loginName,
    locale: person.locale,
    zoneinfo: person.timeZone,
  }
}

/** The oldest address that was shown to be theirs. One that was not is not said at all. */
async function emailOf(ctx: Context, person: Person): Promise<{ email?: string; email_verified?: boolean }> {
  const address = (await listAddresses(ctx, person.id)).find(({ verifiedAt }) => verifiedAt !== undefined)
  return address === undefined ? {} : { email: address.address, email_verified: true }
}
