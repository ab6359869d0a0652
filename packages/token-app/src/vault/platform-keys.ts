import { type FreshKey, KEY_ID_BYTES, type KeyId, type PlatformKeys } from '@latchkey/soft-token/platform'
import { openDatabase } from './open-database.ts'
import { openWith, sealWith } from './web-aead.ts'

const NONCE_BYTES = 12
const STRICT = { durability: 'strict' } as const

/** Platform keys as CryptoKeys that no script can read, in IndexedDB. A write is on the medium when it has ended. */
export function openPlatformKeys(): PlatformKeys {
  const inMemory = new Map<string, CryptoKey>()
  return {
    draw: () => drawKey(inMemory),
    isAsNear: () => true,
    keep: async ({ id }) => {
      const key = inMemory.get(hexOf(id))
      if (key === undefined) throw new Error('a platform key can be kept once')
      inMemory.delete(hexOf(id))
      const change = (await openDatabase()).transaction('keys', 'readwrite', STRICT)
      await Promise.all([change.store.put(key, hexOf(id)), change.done])
    },
    seal: async (id, plaintext, additional) => {
      const key = await keyOf(id)
      if (key === undefined) throw new Error('the platform key of this identity is gone')
      return sealUnder(key, plaintext, additional)
    },
    open: async (id, sealed, additional) => {
      const key = await keyOf(id)
      if (key === undefined || sealed.length < NONCE_BYTES) return undefined
      return openWith(key, sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES), additional)
    },
    forget: async (id) => {
      const change = (await openDatabase()).transaction('keys', 'readwrite', STRICT)
      await Promise.all([change.store.delete(hexOf(id)), change.done])
    },
  }
}

async function drawKey(inMemory: Map<string, CryptoKey>): Promise<FreshKey> {
  const id = crypto.getRandomValues(new Uint8Array(KEY_ID_BYTES))
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  inMemory.set(hexOf(id), key)
  return { id, seal: (plaintext, additional) => sealUnder(key, plaintext, additional) }
}

async function keyOf(id: KeyId): Promise<CryptoKey | undefined> {
  return (await openDatabase()).get('keys', hexOf(id))
}

async function sealUnder(key: CryptoKey, plaintext: Uint8Array, additional: Uint8Array): Promise<Uint8Array> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const sealed = await sealWith(key, nonce, plaintext, additional)
  const whole = new Uint8Array(NONCE_BYTES + sealed.length)
  whole.set(nonce)
  whole.set(sealed, NONCE_BYTES)
  return whole
}

function hexOf(id: KeyId): string {
  return Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
