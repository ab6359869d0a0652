import { expect, test } from 'vitest'
import { openStand } from '../../test/attack/stand.ts'
import { onBothEngines } from '../../test/world.ts'

onBothEngines('the forms of a sign-in', (world) => {
  test('may lead to ourselves and to whoever asked for it, and nowhere else', async () => {
    const stand = await openStand(world())
    const formsOf = async (origin: string | undefined) => {
      const browser = stand.open()
      const { location } = await browser.get('/sign-in')
      await world().db.transaction((tx) =>
        tx
          .updateTable('sign_in_flows')
          .set({ form_origin: origin ?? null })
          .where('state', '=', 'password')
          .execute(),
      )
      const policy = String((await browser.get(location)).headers['content-security-policy'])
      return /form-action ([^;]*);/.exec(policy)?.[1]
    }
    expect(await formsOf(undefined)).toBe("'self'")
    expect(await formsOf('https://app.example.test')).toBe("'self' https://app.example.test")
    await stand.close()
  })
})
