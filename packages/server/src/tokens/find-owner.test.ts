import { expect, test } from 'vitest'
import { makeToken } from '../../test/device.ts'
import { BROWSER, makePerson, onBothEngines } from '../../test/world.ts'
import { disableToken } from './disable-token.ts'
import { enableToken } from './enable-token.ts'
import { findOwner } from './find-owner.ts'

onBothEngines('the owner of a token', (world) => {
  test('is found by its serial number, however it is typed, as long as it is their only active one', async () => {
    const user = await makePerson(world())
    const { token, device } = await makeToken(world(), user)
    const found = { user, token }
    const typed = `${device.serial.slice(0, 5)}-${device.serial.slice(5)}`
    for (const text of [device.serial, typed, ` ${typed} `]) expect(await findOwner(world(), text)).toEqual(found)
    const second = await makeToken(world(), user, 'Second')
    for (const { serial } of [device, second.device]) expect(await findOwner(world(), serial)).toBeUndefined()
    await disableToken(world(), BROWSER, user, second.token)
    expect(await findOwner(world(), device.serial)).toEqual(found)
    expect(await findOwner(world(), second.device.serial)).toBeUndefined()
    await disableToken(world(), BROWSER, user, token)
    expect(await findOwner(world(), device.serial)).toBeUndefined()
    await enableToken(world(), BROWSER, user, token)
    expect(await findOwner(world(), device.serial)).toEqual(found)
  })

  test('is nobody for what is no serial number, or of no token', async () => {
    for (const text of ['', '0000000000', 'x'.repeat(5_000), "' or 1=1 --", '\u0000'])
      expect(await findOwner(world(), text)).toBeUndefined()
  })
})
