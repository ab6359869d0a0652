import { expect, test } from 'vitest'
import { openWorld } from '../../test/world.ts'
import { startSignIn } from './start-sign-in.ts'

test('an address fills the table of sign-ins no further than its share', async () => {
  const world = await openWorld('sqlite')
  const begin = (source: string) =>
    startSignIn(world, {
      browser: 'any',
      source,
      returnTo: '/account',
      relyingParty: undefined,
      formOrigin: undefined,
      wantsSecondFactor: false,
      freshSince: undefined,
    })
  const all = await Promise.allSettled(Array.from({ length: 10_050 }, () => begin('192.0.2.7')))
  expect(all.filter(({ status }) => status === 'fulfilled').length).toBe(10_000)
  const rows = await world.db.read.selectFrom('sign_in_flows').select('id').execute()
  expect(rows.length).toBe(10_000)
  await expect(begin('192.0.2.8')).resolves.toMatch(/^flw_/)
  world.pass(30 * 60_000)
  await expect(begin('192.0.2.7')).resolves.toMatch(/^flw_/)
  await world.close()
})
