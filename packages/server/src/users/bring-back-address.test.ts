import { expect, test } from 'vitest'
import { mailsOf } from '../../test/mails.ts'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, makePerson, onBothEngines } from '../../test/world.ts'
import { undoChanges } from '../account/undo-changes.ts'
import type { AddressId, UserId } from '../ids.ts'
import { repudiate } from '../notices/repudiate.ts'
import { addAddress } from './add-address.ts'
import { bringBackAddress } from './bring-back-address.ts'
import { listAddresses } from './list-addresses.ts'
import { removeAddress } from './remove-address.ts'
import { verifyAddress } from './verify-address.ts'

const DAY = 86_400_000

onBothEngines(
  'a mail address that was removed by a stranger',
  (world) => {
    const back = async (user: UserId, address: AddressId) => (await bringBackAddress(world(), BROWSER, user, address)).outcome
    const add = async (user: UserId, address: string) => {
      const added = await addAddress(world(), BROWSER, user, address)
      if (added.outcome !== 'added') throw new Error(added.outcome)
      return added.address
    }
    /** A person whose first address was removed, a week after a second one was added. */
    async function robbed() {
      const { user, email } = await enrolPerson(world())
      const [mine] = await listAddresses(world(), user)
      if (mine === undefined) throw new Error('an address was expected')
      await verifyAddress(world(), BROWSER, user, await add(user, `other-${user}@example.test`))
      world().pass(8 * DAY)
      expect((await removeAddress(world(), BROWSER, user, mine.id)).outcome).toBe('removed')
      return { user, email, mine }
    }

    test('comes back by the mail that told it of that, and may prove a recovery as before', async () => {
      const { user, email, mine } = await robbed()
      const mail = (await mailsOf(world(), user)).findLast(({ to, subject }) => to.includes(email) && subject.includes('was removed'))
      const secret = /\/notice\/(?<secret>\S+)/.exec(mail?.text ?? '')?.groups?.['secret'] ?? ''
      const told = await repudiate(world(), BROWSER, secret, undoChanges(world()))
      expect(told).toMatchObject({ outcome: 'repudiated', undone: ['address-back', 'help-desk-told'] })
      expect(await listAddresses(world(), user)).toContainEqual(mine)
      const again = (await mailsOf(world(), user)).filter(({ subject }) => subject.includes('part of your account again'))
      expect(again.map(({ to }) => to).sort()).toEqual([[email], [`other-${user}@example.test`]].sort())
      expect(await back(user, mine.id)).toBe('no-such-address')
    })

    test('is nobody else’s, and comes back for seven days', async () => {
      const { user, mine } = await robbed()
      expect(await back((await enrolPerson(world())).user, mine.id)).toBe('no-such-address')
      world().pass(7 * DAY)
      expect(await back(user, mine.id)).toBe('no-such-address')
      expect(await listAddresses(world(), user)).toHaveLength(1)
    })

    test('does not come back beside itself, nor as somebody’s login name; one that was added again and never verified gives way', async () => {
      const first = await robbed()
      const twin = await add(first.user, first.email)
      expect(await back(first.user, first.mine.id)).toBe('brought-back')
      expect((await listAddresses(world(), first.user)).map(({ id }) => id)).not.toContain(twin)
      const second = await robbed()
      await verifyAddress(world(), BROWSER, second.user, await add(second.user, second.email))
      expect(await back(second.user, second.mine.id)).toBe('no-such-address')
      const third = await robbed()
      await makePerson(world(), third.email)
      expect(await back(third.user, third.mine.id)).toBe('no-such-address')
    })

    test('comes back once: whoever reads the mail of one that was given up does not bring it back for ever', async () => {
      const { user, mine } = await robbed()
      expect(await back(user, mine.id)).toBe('brought-back')
      expect((await removeAddress(world(), BROWSER, user, mine.id)).outcome).toBe('removed')
      expect(await back(user, mine.id)).toBe('no-such-address')
    })

    test('a later one does not come back while the first is there', async () => {
      const { user } = await enrolPerson(world())
      world().pass(1)
      const later = await add(user, `later-${user}@example.test`)
      await verifyAddress(world(), BROWSER, user, later)
      world().pass(8 * DAY)
      expect((await removeAddress(world(), BROWSER, user, later)).outcome).toBe('removed')
      expect(await back(user, later)).toBe('no-such-address')
    })

    test('that a stranger added and removed does not come back, in whichever order the mails are answered', async () => {
      for (const order of ['oldest first', 'newest first']) {
        const { user } = await enrolPerson(world())
        const strange = await add(user, `strange-${user}@example.test`)
        await verifyAddress(world(), BROWSER, user, strange)
        expect((await removeAddress(world(), BROWSER, user, strange)).outcome).toBe('removed')
        const links = (await mailsOf(world(), user)).flatMap(({ text }) => /\/notice\/(\S+)/.exec(text)?.[1] ?? [])
        expect(links).toHaveLength(2)
        for (const secret of order === 'oldest first' ? links : links.toReversed())
          await repudiate(world(), BROWSER, secret, undoChanges(world()))
        world().pass(8 * DAY)
        expect(
          (await listAddresses(world(), user)).map(({ id }) => id),
          order,
        ).not.toContain(strange)
      }
    })

    test('one that was never verified does not come back', async () => {
      const { user } = await enrolPerson(world())
      const address = await add(user, `never-${user}@example.test`)
      await removeAddress(world(), BROWSER, user, address)
      expect(await back(user, address)).toBe('no-such-address')
    })
  },
  { LATCHKEY_ORGANISATION_HELP_DESK_EMAIL: 'help@example.test' },
)
