import { expect, test } from 'vitest'
import { enrolPerson } from '../../test/people.ts'
import { BROWSER, onBothEngines } from '../../test/world.ts'
import type { Context } from '../context.ts'
import { setPassword } from '../passwords/set-password.ts'
import { argon2id, builtIn } from './argon2id.ts'
import { forgetCosts, noteCost } from './costs.ts'
import { dummyHash } from './dummy-hash.ts'
import { hashSecret } from './hash-secret.ts'
import { parsePhc } from './phc.ts'
import { verifySecret } from './verify-secret.ts'

const DAY = 86_400_000
const INPUT = { password: Buffer.from('a\0b'), salt: Buffer.alloc(16, 7), memoryKiB: 19_456, passes: 1, parallelism: 1, length: 32 }

test('the native library and the built-in one agree', async () => {
  expect(Buffer.from(await argon2id(INPUT))).toEqual(Buffer.from(await builtIn(INPUT)))
})

test('a damaged hash is never held by anything', () => {
  for (const text of ['', '$argon2id$', '$argon2i$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA', 'plain']) {
    expect(() => parsePhc(text)).toThrow('form')
  }
})

onBothEngines('hashes of secrets', (world) => {
  const dearer = (): Context => ({ ...world(), config: { ...world().config, password: { memoryKiB: 20_480, passes: 2 } } })

  test('each has its own salt, holds its secret and nothing near it', async () => {
    const first = await hashSecret(world(), 'a secret')
    const second = await hashSecret(world(), 'a secret')
    expect(first).not.toBe(second)
    expect(first).not.toContain('secret')
    expect(await verifySecret(world(), 'a secret', first)).toEqual({ holds: true, outdated: false })
    for (const near of ['a secre', 'a secret ', 'A secret', 'a secret\0', '']) {
      expect((await verifySecret(world(), near, first)).holds).toBe(false)
    }
  })

  test('a hash at another cost still holds, and is known to be outdated', async () => {
    const old = await hashSecret(world(), 'a secret')
    expect(await verifySecret(dearer(), 'a secret', old)).toEqual({ holds: true, outdated: true })
    const dear = await hashSecret(dearer(), 'a secret')
    expect(await verifySecret(world(), 'a secret', dear)).toEqual({ holds: true, outdated: true })
  })

  test('the hash for nobody has the cost of today, and nothing holds it', async () => {
    const dummy = dummyHash(dearer())
    expect(parsePhc(dummy)).toMatchObject({ memoryKiB: 20_480, passes: 2 })
    expect((await verifySecret(dearer(), '', dummy)).holds).toBe(false)
  })

  test('after the cost was changed, time tells neither who came again since from who did not, nor the unknown', async () => {
    const secret = 'a secret'
    const before = { ...world(), config: { ...world().config, password: { memoryKiB: 19_456, passes: 1 } } }
    const today = { ...world(), config: { ...world().config, password: { memoryKiB: 65_536, passes: 6 } } }
    for (const ctx of [before, today]) await noteCost(ctx)
    const kinds = { 'not yet': await hashSecret(before, secret), since: await hashSecret(today, secret), nobody: dummyHash(today) }
    const took = async (hash: string): Promise<number> => {
      const began = performance.now()
      await verifySecret(today, secret, hash)
      return performance.now() - began
    }
    const times: Record<string, number> = {}
    for (let round = 0; round < 3; round += 1)
      for (const [kind, hash] of Object.entries(kinds)) times[kind] = Math.min(times[kind] ?? Number.POSITIVE_INFINITY, await took(hash))
    const all = Object.values(times)
    // The dearer of the two costs is twenty times the other.
    expect(Math.max(...all) / Math.min(...all), JSON.stringify(times)).toBeLessThan(3)
  })

  test('a cost of before is walked until no hash has it; it is looked for once a day', async () => {
    const at = (passes: number): Context => ({ ...world(), config: { ...world().config, password: { memoryKiB: 19_456, passes } } })
    const noted = async () =>
      (await world().db.read.selectFrom('facts').select('name').where('name', 'like', 'hash-cost%t=7').execute()).length === 1
    await noteCost(at(7))
    const { user } = await enrolPerson(world())
    await setPassword(at(7), BROWSER, user, 'a right and proper password')
    world().pass(DAY)
    await forgetCosts(world())
    expect(await noted()).toBe(true)
    await setPassword(world(), BROWSER, user, 'another right and proper password')
    await forgetCosts(world())
    expect(await noted()).toBe(true)
    world().pass(DAY)
    await forgetCosts(at(7))
    expect(await noted()).toBe(true)
    await forgetCosts(world())
    expect(await noted()).toBe(false)
  })
})
