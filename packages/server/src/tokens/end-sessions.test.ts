import { expect, test } from 'vitest'
import { makeToken } from '../../test/device.ts'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import { startSession } from '../sessions/start-session.ts'
import { disableToken } from './disable-token.ts'
import { enableToken } from './enable-token.ts'
import { endToken } from './end-token.ts'

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
})

onBothEngines('a token that is disabled, enabled or ended', (world) => {
  test.each(['disable', 'enable', 'end'] as const)('ends, in that transaction, every session but the one to keep: %s', async (act) => {
    const { user } = await enrolPerson(world())
    const { token } = await makeToken(world(), user)
    if (act === 'enable') await disableToken(world(), BROWSER, user, token)
    const start = () => world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'] }))
    const [own, other] = [await start(), await start()]
    const acts = {
      disable: () => disableToken(world(), BROWSER, user, token, own.id),
      enable: () => enableToken(world(), BROWSER, user, token, own.id),
      end: () => endToken(world(), BROWSER, user, token, { evenIfLast: true, keep: own.id }),
    }
    await acts[act]()
    const rows = await world().db.read.selectFrom('sessions').select(['id', 'ended_at']).where('id', 'in', [own.id, other.id]).execute()
    expect(rows.filter(({ ended_at }) => ended_at === null).map(({ id }) => id)).toEqual([own.id])
  })
})
