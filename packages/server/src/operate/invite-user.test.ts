import { expect, test } from 'vitest'
import { mailsOf } from '../../test/mails.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import { INSIDE } from '../context.ts'
import { findLink } from '../links/find-link.ts'
import { makeLink } from '../links/make-link.ts'
import { finishEnrolment } from '../users/finish-enrolment.ts'
import { removeUser } from '../users/remove-user.ts'
import { resumeUser } from '../users/resume-user.ts'
import { suspendUser } from '../users/suspend-user.ts'
import { inviteAgain, inviteUser } from './invite-user.ts'

const DAY = 86_400_000

onBothEngines('an invitation', (world) => {
  const secretOf = (link: string): string => link.slice(link.lastIndexOf('/') + 1)
  const isGood = async (link: string) => (await findLink(world(), 'enrolment', secretOf(link))) !== undefined
  const invite = async (name: string, role: 'user' | 'admin' = 'user') => {
    const invited = await inviteUser(world(), BROWSER, { name, email: `${name}@example.test`, role })
    if (invited.outcome !== 'added') throw new Error(invited.outcome)
    return invited
  }
  const enrol = (user: Parameters<typeof finishEnrolment>[2]) => world().db.transaction((tx) => finishEnrolment(world(), tx, user))

  test('that ran out, or was opened and left, is repeated: the newest link is good and mailed, no other', async () => {
    const { user, enrolmentLink: first } = await invite('late')
    world().pass(4 * DAY)
    expect(await isGood(first)).toBe(false)
    const links: string[] = []
    for (let time = 0; time < 2; time += 1) {
      const again = await inviteAgain(world(), INSIDE, user)
      if (again.outcome !== 'invited') throw new Error(again.outcome)
      links.push(again.enrolmentLink)
    }
    expect(await Promise.all(links.map(isGood))).toEqual([false, true])
    expect((await mailsOf(world(), user)).at(-1)?.text).toContain(links.at(-1))
  })

  test('is not repeated for whoever is enrolled, suspended, removed or nobody', async () => {
    const { user } = await invite('once')
    await suspendUser(world(), INSIDE, user)
    expect(await inviteAgain(world(), INSIDE, user)).toEqual({ outcome: 'suspended' })
    await resumeUser(world(), INSIDE, user)
    await enrol(user)
    expect(await inviteAgain(world(), INSIDE, user)).toEqual({ outcome: 'enrolled' })
    await removeUser(world(), INSIDE, user)
    expect(await inviteAgain(world(), INSIDE, user)).toEqual({ outcome: 'no-such-user' })
    expect(await inviteAgain(world(), INSIDE, 'usr_AAAAAAAAAAAAAAAAAAAAAA')).toEqual({ outcome: 'no-such-user' })
  })

  test('makes no administrator who could stand in for the only one', async () => {
    const { user: real } = await invite('real-admin', 'admin')
    await enrol(real)
    const { user: invited } = await invite('invited-admin', 'admin')
    expect(await removeUser(world(), INSIDE, real)).toEqual({ outcome: 'last-administrator' })
    expect(await removeUser(world(), INSIDE, invited)).toEqual({ outcome: 'removed' })
  })

  test('and other links are void by what they are about: two addresses are shown to be theirs one after the other', async () => {
    const { user } = await invite('addresses')
    const make = (subject: string) =>
      world().db.transaction((tx) => makeLink(world(), tx, { purpose: 'address', user, subject, goodForMs: DAY }))
    const [first, second, again] = [await make('adr_a'), await make('adr_b'), await make('adr_a')]
    const good = await Promise.all([first, second, again].map((secret) => findLink(world(), 'address', secret)))
    expect(good.map((link) => link?.subject)).toEqual([undefined, 'adr_b', 'adr_a'])
  })
})
