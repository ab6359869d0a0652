import { expect, test } from 'vitest'
import { addIdentity, makeToken } from '../../test/device.ts'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import { endSession } from '../sessions/end-session.ts'
import { startSession } from '../sessions/start-session.ts'
import { confirmRegistration } from './confirm-registration.ts'
import { disableToken } from './disable-token.ts'
import { enableToken } from './enable-token.ts'
import { endToken } from './end-token.ts'
import { findActivation } from './find-activation.ts'
import { issueToken } from './issue-token.ts'
import { listTokens } from './list-tokens.ts'
import { openTicket } from './open-ticket.ts'
import { registerByTicket } from './register-by-ticket.ts'
import { registerToken } from './register-token.ts'

onBothEngines('a token that becomes active', (world) => {
  test('ends, in that transaction, every session but those of the browser', async () => {
    const { user } = await enrolPerson(world())
    const start = () => world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'] }))
    const [own, other] = [await start(), await start()]
    await makeToken(world(), user, 'Work', [own.id])
    const rows = await world().db.read.selectFrom('sessions').select(['id', 'ended_at']).where('user_id', '=', user).execute()
    expect(rows.filter(({ ended_at }) => ended_at === null).map(({ id }) => id)).toEqual([own.id])
    expect(rows.find(({ id }) => id === other.id)?.ended_at).toBe(world().now())
  })

  test('does not, where the session in which it is registered ended while the proof was computed', async () => {
    const { user } = await enrolPerson(world())
    const issued = await issueToken(world(), BROWSER, user, { label: 'Work' })
    const view = await findActivation(world(), user)
    if (issued.outcome !== 'issued' || view === undefined) throw new Error(issued.outcome)
    const { registrationCode } = await addIdentity(view.serialNumber, view.activationCode)
    const { id: acting } = await world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'] }))
    const registering = registerToken(world(), BROWSER, user, issued.activation, registrationCode, { acting, keep: [acting] })
    await endSession(world(), BROWSER, acting)
    expect(await registering).toEqual({ outcome: 'void' })
    expect((await listTokens(world(), user)).filter(({ state }) => state === 'active')).toEqual([])
  })

  test('does so as well when it was handed in by ticket, at the owner’s yes and not before', async () => {
    const { user } = await enrolPerson(world())
    await issueToken(world(), BROWSER, user, { label: 'Work' })
    const view = await findActivation(world(), user)
    if (view?.ticket === undefined) throw new Error('a ticket was expected')
    await openTicket(world(), BROWSER, view.ticket)
    const { registrationCode } = await addIdentity(view.serialNumber, view.activationCode)
    const start = () => world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'] }))
    const own = await start()
    await start()
    const alive = async () =>
      (await world().db.read.selectFrom('sessions').select('id').where('user_id', '=', user).where('ended_at', 'is', null).execute()).length
    expect(await registerByTicket(world(), BROWSER, view.ticket, registrationCode)).toEqual({ outcome: 'provisional' })
    expect(await alive()).toBe(2)
    expect((await confirmRegistration(world(), BROWSER, user, view.id, true, { keep: [own.id] })).outcome).toBe('active')
    expect(await alive()).toBe(1)
  })
})

onBothEngines('a token that is disabled, enabled, ended or suspended', (world) => {
  test.each(['disable', 'enable', 'end', 'suspend as lost'] as const)(
    'ends, in that transaction, every session but the one to keep: %s',
    async (act) => {
      const { user } = await enrolPerson(world())
      const { token } = await makeToken(world(), user)
      if (act === 'enable') await disableToken(world(), BROWSER, user, token)
      const start = () => world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'] }))
      const [own, other] = [await start(), await start()]
      const acts = {
        disable: () => disableToken(world(), BROWSER, user, token, own.id),
        enable: () => enableToken(world(), BROWSER, user, token, own.id),
        'suspend as lost': () =>
          issueToken(world(), BROWSER, user, { label: 'New', replaces: token, suspendReplaced: true, keep: [own.id] }),
        end: () => endToken(world(), BROWSER, user, token, { evenIfLast: true, keep: own.id }),
      }
      await acts[act]()
      const rows = await world().db.read.selectFrom('sessions').select(['id', 'ended_at']).where('id', 'in', [own.id, other.id]).execute()
      expect(rows.filter(({ ended_at }) => ended_at === null).map(({ id }) => id)).toEqual([own.id])
    },
  )
})
