import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import { findUser } from '../users/find-user.ts'
import { listAddresses } from '../users/list-addresses.ts'
import { commonPasswords } from './common-passwords.ts'
import { normalisePassword, type PasswordRefusal, refusePassword as refuse, SHORTEST_ALONE, SHORTEST_WITH_SECOND_FACTOR } from './rules.ts'

const PRODUCT = 'latchkey'

/** Why a password is refused for this person; undefined if it is not. */
export async function refusePassword(ctx: Context, user: UserId, typed: string): Promise<PasswordRefusal | undefined> {
  const person = await findUser(ctx, user)
  const addresses = await listAddresses(ctx, user)
  const words = [PRODUCT, ctx.config.organisation.name, ...(person === undefined ? [] : [person.loginName, ...partsOf(person.displayName)])]
  for (const { address } of addresses) words.push(address, ...address.split('@'))
  const common = await commonPasswords()
  return refuse(normalisePassword(typed), { shortest: shortestPassword(ctx), words, isCommon: (text) => common.has(text) })
}

/** In code points: fewer where the password never opens anything alone. */
export function shortestPassword(ctx: Context): number {
  return ctx.config.signIn.secondFactor === 'always' ? SHORTEST_WITH_SECOND_FACTOR : SHORTEST_ALONE
}

function partsOf(name: string): string[] {
  return [name, ...name.split(/\s+/u)]
}
