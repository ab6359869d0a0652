import { expect, test } from 'vitest'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import { findSession } from '../sessions/find-session.ts'
import { startSession } from '../sessions/start-session.ts'
import { resumeUser } from './resume-user.ts'
import { suspendUser } from './suspend-user.ts'

onBothEngines('whoever is resumed', (world) => {
  test('has no session that began while they were being suspended', async () => {
    const { user } = await enrolPerson(world())
    await suspendUser(world(), BROWSER, user)
    const late = await world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'] }))
    await resumeUser(world(), BROWSER, user)
    expect(await findSession(world(), 'sign-in', late.secret)).toBeUndefined()
  })
})
