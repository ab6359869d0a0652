import { expect, test } from 'vitest'
import { BROWSER, makePerson, onBothEngines } from '../../test/world.ts'
import { endSession } from '../sessions/end-session.ts'
import { startSession } from '../sessions/start-session.ts'
import { hasPassword } from './has-password.ts'
import { setPassword } from './set-password.ts'

const PASSWORD = 'plum envelope under the northern stair'

onBothEngines('a password that is asked for in a session', (world) => {
  test('is not set once that has ended', async () => {
    const user = await makePerson(world())
    const { id: acting } = await world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'] }))
    await endSession(world(), BROWSER, acting)
    expect(await setPassword(world(), BROWSER, user, PASSWORD, { acting })).toEqual({ outcome: 'session-over' })
    expect(await hasPassword(world(), user)).toBe(false)
  })

  test('is set while it goes on', async () => {
    const user = await makePerson(world())
    const { id: acting } = await world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'] }))
    expect(await setPassword(world(), BROWSER, user, PASSWORD, { acting, keep: acting })).toEqual({ outcome: 'set' })
    expect(await hasPassword(world(), user)).toBe(true)
  })
})
