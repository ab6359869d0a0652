import { expect, test } from 'vitest'
import { BROWSER, makePerson, onBothEngines } from '../../test/world.ts'
import { findSession } from '../sessions/find-session.ts'
import { startSession } from '../sessions/start-session.ts'
import { open } from './open.ts'

onBothEngines('self-administration', (world) => {
  test('is opened by one proof, however many are right at once', async () => {
    const user = await makePerson(world())
    const other = await world().another()
    const kind = 'self-administration'
    const { secret } = await world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind, amr: ['pwd'] }))
    const session = await findSession(world(), kind, secret)
    if (session === undefined) throw new Error('there is a session')
    const proofs = ['recovery-code', 'security-questions', 'security-code'] as const
    const opened = await Promise.all(proofs.map((proof, index) => open(index % 2 ? world() : other, BROWSER, session, proof)))
    expect(opened.filter((one) => one !== undefined)).toHaveLength(1)
  })
})
