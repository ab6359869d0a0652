import { KEY_ID_BYTES, type KeyId, type PlatformKeys } from '@latchkey/soft-token/platform'
import type { VaultDatabase } from './open-database.ts'
import { openWith, sealWith } from './web-aead.ts'

const NONCE_BYTES = 12
const ALGORITHM: AesKeyGenParams = { name: 'AES-GCM', length: 256 }
const DURABLE = { durability: 'strict' } as const

/** Platform keys that cannot be exported, in IndexedDB: script that breaks in can use them and not carry them away. */
export function openPlatformKeys(database: VaultDatabase, draw: (length: number) => Uint8Array): PlatformKeys {
  const inMemory = new Map<string, CryptoKey>()
  const seal = async (key: CryptoKey, plaintext: Uint8Array, additional: Uint8Array): Promise<Uint8Array> => {
    const nonce = draw(NONCE_BYTES)
    const sealed = await sealWith(key, nonce, plaintext, additional)
    const bytes = new Uint8Array(NONCE_BYTES + sealed.length)
    bytes.set(nonce)
    bytes.set(sealed, NONCE_BYTES)
    return bytes
  }
  return {
    draw: async () => {
      const id = draw(KEY_ID_BYTES)
      const key = await crypto.subtle.generateKey(ALGORITHM, false, ['encrypt', 'decrypt'])
      inMemory.set(hexOf(id), key)
      return { id, seal: (plaintext, additional) => seal(key, plaintext, additional) }
    },
    keep: async ({ id }) => {
      const key = inMemory.get(hexOf(id))
      if (key === undefined) throw new Error('a platform key can be kept once')
      inMemory.delete(hexOf(id))
      await change(database, (keys) => keys.put(key, hexOf(id)))
    },
    seal: async (id, plaintext, additional) => {
      const key = await database.get('keys', hexOf(id))
      if (key === undefined) throw new Error('the platform key of this identity is gone')
      return seal(key, plaintext, additional)
    },
    open: async (id, sealed, additional) => {
      const key = await database.get('keys', hexOf(id))
      if (key === undefined || sealed.length < NONCE_BYTES) return undefined
      return openWith(key, sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES), additional)
    },
    forget: (id) => change(database, (keys) => keys.delete(hexOf(id))),
  }
}

type Keys = { put: (value: CryptoKey, key: string) => Promise<unknown>; delete: (key: string) => Promise<void> }

/** On disk when it returns, as far as the browser can say. */
async function change(database: VaultDatabase, work: (keys: Keys) => Promise<unknown>): Promise<void> {
  const transaction = database.transaction('keys', 'readwrite', DURABLE)
  await Promise.all([work(transaction.store), transaction.done])
}

function hexOf(id: KeyId): string {
  return Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
