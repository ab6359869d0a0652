import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { CHash } from '@noble/hashes/utils.js'

/** A hash function of `@noble/hashes`. */
export type HashFunction = CHash
/** HMAC of one key, ready for many counters: the key's two blocks are hashed once. */
export type Mac = (message: Uint8Array) => Uint8Array

/** Prepares a key for several codes. `hash` is SHA-256 in STP-1; the RFCs' vectors use others too. */
export function prepareMac(key: Uint8Array, hash: HashFunction = sha256): Mac {
  const keyed = hmac.create(hash, key)
  const scratch = keyed.clone()
  return (message) => {
    const digest = new Uint8Array(hash.outputLen)
    // Into the same scratch every time: a new clone for each code costs as much as hashing it.
    keyed._cloneInto(scratch).update(message).digestInto(digest)
    return digest
  }
}

/**
 * HOTP (RFC 4226, 5.3) over a prepared key.
 * @param counter 0 to 2^53 - 1
 * @param digits 1 to 10
 * @returns `digits` decimal digits, leading zeros kept
 */
export function hotp(mac: Mac, counter: number, digits: number): string {
  return truncate(mac(counterBytes(counter)), digits)
}

/** RFC 4226, 5.3: dynamic truncation to 31 bits, then the last `digits` decimal digits. */
export function truncate(digest: Uint8Array, digits: number): string {
  const offset = (digest[digest.length - 1] ?? 0) & 15
  const binary = new DataView(digest.buffer, digest.byteOffset).getUint32(offset) & 0x7fffffff
  return String(binary % 10 ** digits).padStart(digits, '0')
}

/**
 * Eight bytes, big-endian (RFC 4226, 5.1).
 * @throws RangeError unless the counter is an integer from 0 to 2^53 - 1.
 */
export function counterBytes(counter: number): Uint8Array {
  if (!Number.isSafeInteger(counter) || counter < 0) throw new RangeError('a counter is an integer from 0 to 2^53 - 1')
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Math.floor(counter / 2 ** 32))
  view.setUint32(4, counter % 2 ** 32)
  return bytes
}
