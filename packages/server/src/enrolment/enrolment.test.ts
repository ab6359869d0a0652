import { expect, test } from 'vitest'
import { browserWith, everything, makeOwner, openStand } from '../../test/attack/stand.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import { renewRecoveryCodes } from '../recovery-codes/renew-recovery-codes.ts'

onBothEngines('an enrolment that is finished', (world) => {
  test('leaves nothing to whoever knows the password and began one beside it: no codes, no token, no sign-in', async () => {
    const stand = await openStand(world())
    const owner = await makeOwner(world())
    // Not said to be saved yet: for somebody who is not enrolled, that step would be the next.
    await renewRecoveryCodes(world(), BROWSER, owner.user)
    const { browser } = await browserWith(stand, { user: owner.user, kind: 'enrolment', amr: ['pwd'] })
    const sets = () => world().db.read.selectFrom('recovery_codes').selectAll().where('user_id', '=', owner.user).execute()
    const before = await sets()
    const page = await browser.get('/enrolment/recovery-codes')
    expect([page.status, page.location]).toEqual([303, '/sign-in'])
    expect(await sets()).toEqual(before)
    expect(browser.cookie('sign-in')).toBeUndefined()
    const alive = JSON.parse(await everything(world())) as { ended_at: number | null }[][]
    expect(alive[0]?.filter(({ ended_at }) => ended_at === null)).toEqual([])
    await stand.close()
  })
})
