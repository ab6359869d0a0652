import { expect, test } from 'vitest'
import { makeToken } from '../../test/device.ts'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import { startSession } from '../sessions/start-session.ts'

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
