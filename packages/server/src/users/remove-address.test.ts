import { expect, test } from 'vitest'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import { addAddress } from './add-address.ts'
import { listAddresses } from './list-addresses.ts'
import { removeAddress } from './remove-address.ts'
import { verifyAddress } from './verify-address.ts'

const DAY = 86_400_000

onBothEngines('giving up a mail address', (world) => {
  test('the last that may prove a recovery does not go, nor somebody else’s; a late one does not stand in for it', async () => {
    const { user } = await enrolPerson(world())
    const stranger = await enrolPerson(world())
    const [first] = await listAddresses(world(), user)
    if (first === undefined) throw new Error('an address was expected')
    const other = await world().another()
    const remove = async (id: typeof first.id, whose = user, ctx = world()) => (await removeAddress(ctx, BROWSER, whose, id)).outcome
    expect(await remove(first.id, stranger.user)).toBe('no-such-address')
    expect(await remove(first.id)).toBe('last-address')
    const added = await addAddress(world(), BROWSER, user, `second-${user}@example.test`)
    if (added.outcome !== 'added') throw new Error(added.outcome)
    await verifyAddress(world(), BROWSER, user, added.address)
    expect(await remove(first.id)).toBe('last-address')
    world().pass(8 * DAY)
    const both = await Promise.all([remove(first.id), remove(added.address, user, other)])
    expect(both.sort()).toEqual(['last-address', 'removed'])
    expect(await listAddresses(world(), user)).toHaveLength(1)
  })

  test('it is told of that once more itself; one that was never verified goes without a word', async () => {
    const { user } = await enrolPerson(world())
    const told = async () =>
      (await world().db.read.selectFrom('notices').select('action').where('user_id', '=', user).execute()).map(({ action }) => action)
    const added = await addAddress(world(), BROWSER, user, `third-${user}@example.test`)
    if (added.outcome !== 'added') throw new Error(added.outcome)
    expect(await removeAddress(world(), BROWSER, user, added.address)).toEqual({ outcome: 'removed' })
    expect(await told()).not.toContain('address-removed')
    expect(await removeAddress(world(), BROWSER, user, added.address)).toEqual({ outcome: 'no-such-address' })
    const again = await addAddress(world(), BROWSER, user, `fourth-${user}@example.test`)
    if (again.outcome !== 'added') throw new Error(again.outcome)
    await verifyAddress(world(), BROWSER, user, again.address)
    const letters = async () => (await world().db.read.selectFrom('outbox').select('id').where('user_id', '=', user).execute()).length
    const before = await letters()
    expect(await removeAddress(world(), BROWSER, user, again.address)).toEqual({ outcome: 'removed' })
    expect(await told()).toContain('address-removed')
    expect(await letters()).toBe(before + 2)
  })
})
