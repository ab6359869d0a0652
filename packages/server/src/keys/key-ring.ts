import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'

/** A key-encryption key: 32 bytes, and the id that sealed values name it by. */
export type KeyEncryptionKey = { id: string; key: Uint8Array }

/**
 * Seals values for the database. The place (table, column, row id) is bound to each as additional data, so that rows cannot be swapped;
 * the id of the key stands before it, so that several keys open at once while one rotates.
 */
export type Keys = {
  /** @throws SealingPaused if a lease has run out. */
  readonly seal: (place: Place, plain: Uint8Array) => Uint8Array
  /** The same for what no row keeps, such as a cookie: whether or not there is a lease. */
  readonly sealUnkept: (place: Place, plain: Uint8Array) => Uint8Array
  /** From now on sealing is for that long (milliseconds), and goes on with the next one; opening never ends. Without one it never ends. */
  readonly lease: (ms: number) => void
  /** @throws SealBroken if the value was altered, moved, or sealed under a key that is not here. */
  readonly open: (place: Place, sealed: Uint8Array) => Uint8Array
  /** The id of the key that a sealed value needs. */
  readonly keyIdOf: (sealed: Uint8Array) => string
  /** The key that seals now. */
  readonly currentId: string
  /** Reads the keys anew from where they came from: after a rotation, a running server seals under the new one. */
  readonly reload: () => void
  /** Keyed hash for looking up what must not stand there in clear: 256 bits, base64url. The same while the database lives. */
  readonly hash: (purpose: string, text: string) => string
}
export type Place = { table: string; column: string; id: string }

/** A sealed value does not open: it was altered, moved to another row, or its key is missing. */
export class SealBroken extends Error {}

/** This instance could not say for a while which key it seals under: the key may be on its way out. It seals again once it has said so. */
export class SealingPaused extends Error {}

const FORMAT = 1
const ID_BYTES = 8
const NONCE_BYTES = 12
const TAG_BYTES = 16
const TAG = { authTagLength: TAG_BYTES }
const HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES

/** The keys by which values open, the first of which seals new ones. An id has 8 characters of ASCII. */
export type Ring = readonly [KeyEncryptionKey, ...KeyEncryptionKey[]]

/**
 * @param ring the keys at the start
 * @param pepper 32 bytes for `hash`, which stay when keys rotate
 * @param readAgain the keys as they are now where they came from; undefined while that is not to be asked
 */
export function openKeys(
  ring: Ring,
  pepper: Uint8Array,
  readAgain: (because: 'asked' | 'unknown-key') => Ring | undefined = () => undefined,
): Keys {
  let [current] = ring
  let byId = indexed(ring)
  const reload = (because: 'asked' | 'unknown-key'): void => {
    const fresh = readAgain(because)
    if (fresh === undefined) return
    current = fresh[0]
    byId = indexed(fresh)
  }
  // By two clocks: one does not run while a machine is suspended, the other is set.
  let leaseEnds = { running: Number.POSITIVE_INFINITY, wall: Number.POSITIVE_INFINITY }
  const hashKeys = new Map<string, Uint8Array>()
  const hashKey = (purpose: string): Uint8Array => {
    const known = hashKeys.get(purpose) ?? new Uint8Array(hkdfSync('sha256', pepper, '', `latchkey/hash/${purpose}`, 32))
    hashKeys.set(purpose, known)
    return known
  }
  return {
    get currentId() {
      return current.id
    },
    keyIdOf,
    reload: () => reload('asked'),
    seal: (place, plain) => {
      if (performance.now() > leaseEnds.running || Date.now() > leaseEnds.wall)
        throw new SealingPaused('nothing is sealed until the database has heard of this instance again')
      return sealUnder(current, place, plain)
    },
    sealUnkept: (place, plain) => sealUnder(current, place, plain),
    lease: (ms) => {
      leaseEnds = { running: performance.now() + ms, wall: Date.now() + ms }
    },
    open: (place, sealed) => {
      const id = keyIdOf(sealed)
      if (!byId.has(id)) reload('unknown-key')
      return openUnder(byId.get(id), id, place, sealed)
    },
    hash: (purpose, text) => createHmac('sha256', hashKey(purpose)).update(text).digest('base64url'),
  }
}

function indexed(ring: Ring): ReadonlyMap<string, KeyObject> {
  return new Map(ring.map(({ id, key }) => [id, createSecretKey(key)]))
}

function sealUnder({ id, key }: KeyEncryptionKey, place: Place, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additionalData(place))
  return Buffer.concat([Buffer.of(FORMAT), Buffer.from(id, 'latin1'), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function openUnder(key: KeyObject | undefined, id: string, place: Place, sealed: Uint8Array): Uint8Array {
  if (key === undefined) throw new SealBroken(`the key ${id}, under which a value in ${place.table} was sealed, is not among the keys`)
  const nonce = sealed.subarray(1 + ID_BYTES, HEAD_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, TAG).setAAD(additionalData(place))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  // In this mode all of it comes at once, before it is known to be whole.
  const plain = decipher.update(sealed.subarray(HEAD_BYTES, -TAG_BYTES))
  try {
    decipher.final()
  } catch {
    plain.fill(0)
    throw new SealBroken(`a sealed value in ${place.table} was altered or moved`)
  }
  return plain
}

function keyIdOf(sealed: Uint8Array): string {
  if (sealed.length < HEAD_BYTES + TAG_BYTES || sealed[0] !== FORMAT)
    throw new SealBroken('a sealed value has a form that is not known here')
  return String.fromCharCode(...sealed.subarray(1, 1 + ID_BYTES))
}

function additionalData({ table, column, id }: Place): Uint8Array {
  return Buffer.from(`${table}\0${column}\0${id}`, 'utf8')
}
