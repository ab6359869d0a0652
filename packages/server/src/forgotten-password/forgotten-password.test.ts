import { expect, test } from 'vitest'
import { enrolPerson } from '../../test/people.ts'
import { siteOf, visit } from '../../test/visitor.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import { addAddress } from '../users/add-address.ts'
import { verifyAddress } from '../users/verify-address.ts'
import { mailResetLink } from './mail-reset-link.ts'
import { forgottenPasswordPages } from './pages.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

onBothEngines('a forgotten password', (world) => {
  const mails = async () =>
    (await world().db.read.selectFrom('links').select('id').where('purpose', '=', 'password-reset').execute()).length
  const ask = (name: string, address: string) => mailResetLink(world(), { kind: 'password-reset', name, address, caller: BROWSER })

  test('has three mails an hour for one person, and says nothing of the fourth', async () => {
    const { name, email } = await enrolPerson(world())
    const before = await mails()
    for (let minute = 0; minute < 59; minute += 1) {
      await ask(name, email)
      world().pass(MINUTE)
    }
    expect((await mails()) - before).toBe(3)
    world().pass(2 * MINUTE)
    await ask(name, email)
    expect((await mails()) - before).toBe(4)
  })

  test('is answered to no address that is too new to prove a recovery', async () => {
    const { user, name } = await enrolPerson(world())
    const added = await addAddress(world(), BROWSER, user, `new-${name}@example.test`)
    if (added.outcome !== 'added') throw new Error(added.outcome)
    await verifyAddress(world(), BROWSER, user, added.address)
    const before = await mails()
    await ask(name, added.shown)
    expect(await mails()).toBe(before)
    world().pass(world().config.recovery.newAddressAfterDays * DAY)
    await ask(name, added.shown)
    expect(await mails()).toBe(before + 1)
  })

  test('is asked for so often from one address, and no more until an hour is over', async () => {
    const visitor = visit(world(), siteOf(world(), { pages: [forgottenPasswordPages(world())] }))
    const statuses: number[] = []
    for (let n = 0; n < 105; n += 1) statuses.push((await visitor.post('/forgotten-password', { name: `n${n}`, email: 'x' })).status)
    expect(statuses.filter((status) => status === 303).length).toBe(100)
    expect(statuses.at(-1)).not.toBe(303)
    world().pass(60 * MINUTE)
    expect((await visitor.post('/forgotten-password', { name: 'n', email: 'x' })).status).toBe(303)
  })
})
