import { expect, test } from 'vitest'
import { administerBy, makeOwner, openStand } from '../../test/attack/stand.ts'
import { onBothEngines } from '../../test/world.ts'

onBothEngines('a browser that may see an activation', (world) => {
  test('sees that one and no later one, but those that it asks for itself', async () => {
    const stand = await openStand(world())
    const owner = await makeOwner(world())
    const begin = async (): Promise<ReturnType<typeof stand.open>> => {
      const browser = stand.open()
      await administerBy(stand, browser, owner)
      await browser.post('/self-administration/recreate', { token: owner.token })
      return browser
    }
    const codes = async (browser: ReturnType<typeof stand.open>) => (await browser.get('/soft-token')).body.includes('id="activation"')
    const first = await begin()
    expect(await codes(first)).toBe(true)
    await first.post('/soft-token/new-codes')
    expect(await codes(first)).toBe(true)
    const old = first.copy()
    const second = await begin()
    expect(await codes(second)).toBe(true)
    expect(await codes(old)).toBe(false)
    expect((await old.post('/soft-token/new-codes')).location).toBe('/')
    expect(await codes(second)).toBe(true)
    await stand.close()
  })

  test('is told when the token to be replaced is gone: new codes are not too many', async () => {
    const stand = await openStand(world())
    const owner = await makeOwner(world())
    const browser = stand.open()
    await administerBy(stand, browser, owner)
    await browser.post('/self-administration/recreate', { token: owner.token })
    await world().db.transaction((tx) =>
      tx.updateTable('authenticators').set({ state: 'ended', ended_at: world().now() }).where('id', '=', owner.token).execute(),
    )
    await browser.post('/soft-token/new-codes')
    expect((await browser.get('/soft-token')).body).toContain('is not there any more')
    await stand.close()
  })
})
