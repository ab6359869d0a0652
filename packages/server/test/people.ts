import type { Context } from '../src/context.ts'
import type { UserId } from '../src/ids.ts'
import { addUser } from '../src/users/add-user.ts'
import { listAddresses } from '../src/users/list-addresses.ts'
import { verifyAddress } from '../src/users/verify-address.ts'
import { BROWSER } from './world.ts'

let people = 0

/** A person with an address that is shown to be theirs. */
export async function enrolPerson(world: Context): Promise<{ user: UserId; name: string; email: string }> {
  people += 1
  const name = `enrolled${people}`
  const email = `${name}@example.test`
  const added = await addUser(world, BROWSER, { name, email })
  if (added.outcome !== 'added') throw new Error(added.outcome)
  const [address] = await listAddresses(world, added.user)
  if (address !== undefined) await verifyAddress(world, BROWSER, added.user, address.id)
  return { user: added.user, name, email }
}
