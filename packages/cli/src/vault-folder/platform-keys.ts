import { randomBytes } from 'node:crypto'
import { type Aead, type FreshKey, KEY_ID_BYTES, type KeyId, KeyUnreachable, type PlatformKeys } from '@latchkey/soft-token/platform'

/** Where keys are kept. `keep` is durable and all or nothing. */
export type KeyStore = {
  keep: (id: string, key: Uint8Array) => Promise<void>
  read: (id: string) => Promise<Uint8Array | undefined>
  forget: (id: string) => Promise<void>
}
export type Keyring = KeyStore & { canKeep: () => Promise<boolean> }
export type KeyPlace = 'file' | 'keyring'
/** `keyring` is looked for when it is first needed; undefined where there is none. */
export type KeyStores = { file: KeyStore; keyring: () => Promise<Keyring | undefined> }

/** A key id's first byte says where its key is kept. */
const IN_KEYRING = 1
const KEY_BYTES = 32
const NONCE_BYTES = 12

export function placeOf(id: KeyId): KeyPlace {
  return id[0] === IN_KEYRING ? 'keyring' : 'file'
}

/** Platform keys as bytes in the operating system's keyring or in files; new ones go where `preferred` says, or to files if there is no keyring. */
export function openPlatformKeys(aead: Aead, stores: KeyStores, preferred: KeyPlace): PlatformKeys {
  const inMemory = new Map<string, Uint8Array>()
  return {
    draw: async (beside) => drawKey(aead, beside === undefined ? await placeForNew(stores, preferred) : placeOf(beside), inMemory),
    // A keyring may be away: it is locked, or this is no session of its own. Files are there whenever the vault is.
    isAsNear: (id, other) => placeOf(id) === 'file' || placeOf(other) === 'keyring',
    keep: async ({ id }) => {
      const key = inMemory.get(hexOf(id))
      if (key === undefined) throw new Error('a platform key can be kept once')
      inMemory.delete(hexOf(id))
      await (await storeOf(stores, id)).keep(hexOf(id), key)
      key.fill(0)
    },
    seal: async (id, plaintext, additional) => {
      const key = await (await storeOf(stores, id)).read(hexOf(id))
      if (key === undefined) throw new Error('the platform key of this identity is gone')
      return sealWith(aead, key, plaintext, additional)
    },
    open: async (id, sealed, additional) => {
      const key = await (await storeOf(stores, id)).read(hexOf(id))
      if (key === undefined || sealed.length < NONCE_BYTES) return undefined
      const plaintext = await aead.open(key, sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES), additional)
      key.fill(0)
      return plaintext
    },
    forget: async (id) => (await storeOf(stores, id)).forget(hexOf(id)),
  }
}

async function placeForNew(stores: KeyStores, preferred: KeyPlace): Promise<KeyPlace> {
  if (preferred === 'file') return 'file'
  return (await (await stores.keyring())?.canKeep()) === true ? 'keyring' : 'file'
}

function drawKey(aead: Aead, place: KeyPlace, inMemory: Map<string, Uint8Array>): FreshKey {
  const id = new Uint8Array(randomBytes(KEY_ID_BYTES))
  id[0] = place === 'keyring' ? IN_KEYRING : 0
  const key = new Uint8Array(randomBytes(KEY_BYTES))
  inMemory.set(hexOf(id), key)
  return { id, seal: (plaintext, additional) => sealWith(aead, key, plaintext, additional) }
}

async function sealWith(aead: Aead, key: Uint8Array, plaintext: Uint8Array, additional: Uint8Array): Promise<Uint8Array> {
  const nonce = randomBytes(NONCE_BYTES)
  return Buffer.concat([nonce, await aead.seal(key, nonce, plaintext, additional)])
}

async function storeOf(stores: KeyStores, id: KeyId): Promise<KeyStore> {
  if (placeOf(id) === 'file') return stores.file
  const keyring = await stores.keyring()
  if (keyring === undefined) throw new KeyUnreachable('the key of this identity is in the keyring, which cannot be reached')
  return keyring
}

function hexOf(id: KeyId): string {
  return Buffer.from(id).toString('hex')
}
