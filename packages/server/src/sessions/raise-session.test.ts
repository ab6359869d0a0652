import { expect, test } from 'vitest'
import { BROWSER, makePerson, onBothEngines } from '../../test/world.ts'
import { raiseSession } from './raise-session.ts'
import { startSession } from './start-session.ts'

const ROUNDS = 20

onBothEngines('two proofs in one session at once', (world) => {
  const start = async () => {
    const user = await makePerson(world())
    return world().db.transaction((tx) => startSession(world(), tx, BROWSER, { user, kind: 'sign-in', amr: ['pwd'] }))
  }
  const methodsOf = async (id: string) =>
    (await world().db.read.selectFrom('sessions').select(['id', 'amr']).execute())
      .find((row) => row.id === id)
      ?.amr.split(' ')
      .sort()

  test('are both written down', async () => {
    const other = await world().another()
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id } = await start()
      const raise = (of: typeof other, methods: readonly ('otp' | 'kba')[]) =>
        of.db.transaction((tx) => raiseSession(of, tx, BROWSER, id, { methods }))
      await Promise.all([raise(world(), ['otp']), raise(other, ['kba'])])
      expect(await methodsOf(id)).toEqual(['kba', 'otp', 'pwd'])
    }
  })
})
