import { KeyUnreachable } from '@latchkey/soft-token/platform'
import { expect, test } from 'vitest'
import { aes256Gcm } from './aead.ts'
import { type Keyring, type KeyStore, openPlatformKeys, placeOf } from './platform-keys.ts'

function storeOf(kept: Map<string, Uint8Array>): KeyStore {
  return {
    keep: async (id, key) => {
      kept.set(id, key.slice())
    },
    read: async (id) => kept.get(id)?.slice(),
    forget: async (id) => {
      kept.delete(id)
    },
  }
}

function machine(keyring: 'none' | 'cannot keep' | 'works') {
  const files = new Map<string, Uint8Array>()
  const inKeyring = new Map<string, Uint8Array>()
  const ring: Keyring = { ...storeOf(inKeyring), canKeep: async () => keyring === 'works' }
  const stores = { file: storeOf(files), keyring: async () => (keyring === 'none' ? undefined : ring) }
  return { files, inKeyring, keys: openPlatformKeys(aes256Gcm, stores, 'keyring') }
}

const TEXT = new TextEncoder().encode('a record')
const BOUND = new TextEncoder().encode('to this')

test.each([
  ['none', 'file'],
  ['cannot keep', 'file'],
  ['works', 'keyring'],
] as const)('with a keyring that is: %s, a new key goes to the %s', async (keyring, place) => {
  const { keys, files, inKeyring } = machine(keyring)
  const key = await keys.draw()
  expect(placeOf(key.id)).toBe(place)
  const sealed = await key.seal(TEXT, BOUND)
  expect(await keys.open(key.id, sealed, BOUND)).toBeUndefined()
  await keys.keep(key)
  expect([files.size, inKeyring.size]).toEqual(place === 'file' ? [1, 0] : [0, 1])
  expect(await keys.open(key.id, sealed, BOUND)).toEqual(TEXT)
  expect(await keys.open(key.id, await keys.seal(key.id, TEXT, BOUND), BOUND)).toEqual(TEXT)
  await keys.forget(key.id)
  expect(await keys.open(key.id, sealed, BOUND)).toBeUndefined()
  await expect(keys.seal(key.id, TEXT, BOUND)).rejects.toThrow('gone')
})

test('a key is kept once, and only by the process that drew it', async () => {
  const { keys } = machine('none')
  const key = await keys.draw()
  await keys.keep(key)
  await expect(keys.keep(key)).rejects.toThrow('once')
})

test('a key in a keyring that cannot be reached is not lost, and not to be had', async () => {
  const { keys } = machine('works')
  const key = await keys.draw()
  const sealed = await key.seal(TEXT, BOUND)
  await keys.keep(key)
  const later = machine('none').keys
  await expect(later.open(key.id, sealed, BOUND)).rejects.toThrow(KeyUnreachable)
  await expect(later.forget(key.id)).rejects.toThrow(KeyUnreachable)
})

test('what is not bound to the same data, or shorter than a nonce, does not open', async () => {
  const { keys } = machine('none')
  const key = await keys.draw()
  const sealed = await key.seal(TEXT, BOUND)
  await keys.keep(key)
  expect(await keys.open(key.id, sealed, TEXT)).toBeUndefined()
  expect(await keys.open(key.id, sealed.subarray(0, 5), BOUND)).toBeUndefined()
})
