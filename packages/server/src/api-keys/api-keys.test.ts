import { expect, test } from 'vitest'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import { endApiKey } from './end-api-key.ts'
import { findApiKey } from './find-api-key.ts'
import { KNOWN_MS } from './known-keys.ts'
import { listApiKeys } from './list-api-keys.ts'
import { makeApiKey } from './make-api-key.ts'

onBothEngines('keys of programs', (world) => {
  const made = async (name = 'vpn') => {
    const key = await makeApiKey(world(), BROWSER, name)
    if (key.outcome !== 'made') throw new Error(key.outcome)
    return key
  }

  test('the secret opens its scope, and stands nowhere in the database', async () => {
    const { id, secret } = await made()
    expect(secret).toMatch(/^lk_[A-Za-z0-9_-]{43}$/)
    expect(await findApiKey(world(), secret, 'validate')).toEqual({ id, name: 'vpn', scope: 'validate' })
    const rows = await world().db.read.selectFrom('api_keys').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(secret.slice(3, 12))
    expect(await listApiKeys(world())).toMatchObject([{ id, name: 'vpn', lastUsedAt: world().now() }])
  })

  test.each(['', 'lk_', 'lk_AAAA', `lk_${'A'.repeat(43)}`, `lk_${'A'.repeat(44)}`, `xx_${'A'.repeat(43)}`])(
    'nothing is opened by %j',
    async (secret) => {
      expect(await findApiKey(world(), secret, 'validate')).toBeUndefined()
    },
  )

  test('a scope that the key has not is refused, also once the key is known', async () => {
    const { id, secret } = await made()
    await world().db.transaction((tx) => tx.updateTable('api_keys').set({ scope: 'other' }).where('id', '=', id).execute())
    expect(await findApiKey(world(), secret, 'validate')).toBeUndefined()
    expect(await findApiKey(world(), secret, 'validate')).toBeUndefined()
  })

  test('a revoked key is refused at once here, and within seconds elsewhere', async () => {
    const other = await world().another()
    const { id, secret } = await made()
    expect(await findApiKey(world(), secret, 'validate')).toBeDefined()
    expect(await findApiKey(other, secret, 'validate')).toBeDefined()
    expect(await endApiKey(world(), BROWSER, id)).toEqual({ outcome: 'ended' })
    expect(await findApiKey(world(), secret, 'validate')).toBeUndefined()
    world().pass(KNOWN_MS)
    expect(await findApiKey(other, secret, 'validate')).toBeUndefined()
    expect(await endApiKey(world(), BROWSER, id)).toEqual({ outcome: 'no-such-key' })
    expect((await listApiKeys(world())).map((key) => key.id)).not.toContain(id)
  })

  test('what was read before a revocation is not remembered after it', async () => {
    const { id, secret } = await made()
    const finding = findApiKey(world(), secret, 'validate')
    await endApiKey(world(), BROWSER, id)
    await finding
    expect(await findApiKey(world(), secret, 'validate')).toBeUndefined()
  })

  test('a clock set back makes no key good for longer', async () => {
    const { id, secret } = await made()
    await findApiKey(world(), secret, 'validate')
    const other = await world().another()
    await endApiKey(other, BROWSER, id)
    world().pass(-3_600_000)
    expect(await findApiKey(world(), secret, 'validate')).toBeUndefined()
    world().pass(3_600_000)
  })

  test.each(['', ' ', 'a\nb', 'a\u202Eb', 'x'.repeat(61)])('no key is named %j', async (name) => {
    expect(await makeApiKey(world(), BROWSER, name)).toEqual({ outcome: 'malformed-name' })
  })
})
