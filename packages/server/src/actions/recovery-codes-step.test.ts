import { afterAll, beforeAll, expect, test } from 'vitest'
import { administerBy, makeOwner, openStand, type Stand } from '../../test/attack/stand.ts'
import { onBothEngines } from '../../test/world.ts'
import { countRecoveryCodes } from '../recovery-codes/count-recovery-codes.ts'

onBothEngines('new recovery codes', (world) => {
  let stand: Stand
  let broken = false
  beforeAll(async () => {
    const { keys } = world()
    const seal: typeof keys.seal = (place, bytes) => {
      if (broken && place.table === 'shown_once') throw new Error('it ends here')
      return keys.seal(place, bytes)
    }
    stand = await openStand({ ...world(), keys: { ...keys, seal } })
  })
  afterAll(() => stand.close())

  test('a set that could not be kept for its page does not take the place of the one that its owner has', async () => {
    const owner = await makeOwner(world())
    const browser = stand.open()
    await administerBy(stand, browser, owner)
    const sets = () => world().db.read.selectFrom('recovery_code_sets').selectAll().where('user_id', '=', owner.user).execute()
    const before = await sets()
    expect(before).toHaveLength(1)
    broken = true
    expect((await browser.post('/self-administration/recovery-codes/renew')).status).toBe(500)
    broken = false
    expect(await sets()).toEqual(before)
    await browser.post('/self-administration/recovery-codes/renew')
    expect(await sets()).toHaveLength(2)
    expect((await browser.get('/self-administration/recovery-codes')).body).toContain('data-line')
  })

  test('that were replaced in another window are not said to be saved', async () => {
    const owner = await makeOwner(world())
    const one = stand.open()
    const other = stand.open()
    await administerBy(stand, one, owner)
    await one.post('/self-administration/recovery-codes/renew')
    await administerBy(stand, other, owner)
    await other.post('/self-administration/recovery-codes/renew')
    const saved = async () => (await countRecoveryCodes(world(), owner.user)).saved
    await one.post('/self-administration/recovery-codes', { saved: 'yes' })
    expect(await saved()).toBe(false)
    await other.post('/self-administration/recovery-codes', { saved: 'yes' })
    expect(await saved()).toBe(true)
  })
})
