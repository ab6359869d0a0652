import { expect, test } from 'vitest'
import { BROWSER, makePerson, onBothEngines } from '../../test/world.ts'
import { hasQuestions } from '../questions/has-questions.ts'
import { QUESTIONS } from '../questions/question.ts'
import { setQuestions } from '../questions/set-questions.ts'
import { countRecoveryCodes } from '../recovery-codes/count-recovery-codes.ts'
import { renewRecoveryCodes } from '../recovery-codes/renew-recovery-codes.ts'
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

  test('nor are questions set or recovery codes renewed', async () => {
    const user = await makePerson(world())
    const { id: acting } = await world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'] }))
    await endSession(world(), BROWSER, acting)
    const typed = QUESTIONS.slice(0, 5).map((question, index) => ({ question, answer: `willow ${'bcdfg'[index]}onnet` }))
    expect(await setQuestions(world(), BROWSER, user, typed, { acting })).toEqual({ outcome: 'session-over' })
    expect(await renewRecoveryCodes(world(), BROWSER, user, { acting })).toEqual({ outcome: 'session-over' })
    expect([await hasQuestions(world(), user), (await countRecoveryCodes(world(), user)).left]).toEqual([false, 0])
  })
})
