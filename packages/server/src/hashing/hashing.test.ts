import { expect, test } from 'vitest'
import { onBothEngines } from '../../test/world.ts'
import type { Context } from '../context.ts'
import { argon2id, builtIn } from './argon2id.ts'
import { dummyHash } from './dummy-hash.ts'
import { hashSecret } from './hash-secret.ts'
import { parsePhc } from './phc.ts'
import { verifySecret } from './verify-secret.ts'

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

  test('a hash at a lower cost still holds, and is known to be outdated; a dearer one is not made cheaper', async () => {
    const old = await hashSecret(world(), 'a secret')
    expect(await verifySecret(dearer(), 'a secret', old)).toEqual({ holds: true, outdated: true })
    const dear = await hashSecret(dearer(), 'a secret')
    expect(await verifySecret(world(), 'a secret', dear)).toEqual({ holds: true, outdated: false })
  })

  test('the hash for nobody has the cost of today, and nothing holds it', async () => {
    const dummy = dummyHash(dearer())
    expect(parsePhc(dummy)).toMatchObject({ memoryKiB: 20_480, passes: 2 })
    expect((await verifySecret(dearer(), '', dummy)).holds).toBe(false)
  })
})
