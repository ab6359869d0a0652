import { expect, test } from 'vitest'
import { browserWith, everything, makeOwner, openStand } from '../../test/attack/stand.ts'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import type { UserId } from '../ids.ts'
import { setPassword } from '../passwords/set-password.ts'
import { QUESTIONS } from '../questions/question.ts'
import { setQuestions } from '../questions/set-questions.ts'
import { confirmSaved } from '../recovery-codes/confirm-saved.ts'
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

onBothEngines('the pages of an enrolment', (world) => {
  const count = async (table: 'recovery_codes' | 'activations', user: UserId): Promise<number> =>
    (await world().db.read.selectFrom(table).select('user_id').where('user_id', '=', user).execute()).length

  test('make nothing when they are looked at', async () => {
    const stand = await openStand(world())
    const { user } = await enrolPerson(world())
    await setPassword(world(), BROWSER, user, 'plum envelope under the northern stair')
    const typed = QUESTIONS.slice(0, 5).map((question, index) => ({ question, answer: `willow ${'bcdfg'[index]}onnet` }))
    expect(await setQuestions(world(), BROWSER, user, typed)).toEqual({ outcome: 'set' })
    const { browser } = await browserWith(stand, { user, kind: 'enrolment', amr: ['pwd'] })
    expect((await browser.walk('/enrolment')).path).toBe('/enrolment/recovery-codes')
    expect(await count('recovery_codes', user)).toBe(0)
    await browser.post('/enrolment/recovery-codes/renew')
    expect(await count('recovery_codes', user)).toBe(10)
    const shown = await browser.get('/enrolment/recovery-codes')
    await browser.post('/enrolment/recovery-codes/renew')
    expect((await browser.get('/enrolment/recovery-codes')).body).toBe(shown.body)
    await confirmSaved(world(), BROWSER, user)
    expect((await browser.walk('/enrolment')).path).toBe('/enrolment/soft-token')
    expect(await count('activations', user)).toBe(0)
    await browser.post('/enrolment/soft-token')
    await browser.post('/enrolment/soft-token')
    expect(await count('activations', user)).toBe(1)
    expect((await browser.walk('/enrolment')).path).toBe('/soft-token')
    await stand.close()
  })
})
