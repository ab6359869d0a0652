import { hash } from 'node:crypto'
import type { Mac } from '@latchkey/protocol/otp/hotp'

const BLOCK = 64
const DIGEST = 32
/** What a security code is made of (RFC 4226, 5.2). */
const COUNTER = 8
const INNER = 0x36
const OUTER = 0x5c

/** A keyed hash, and what overwrites the key that it holds. */
export type NativeMac = { readonly mac: Mac; readonly forget: () => void }

/**
 * HMAC-SHA-256 (RFC 2104, 2) by the runtime's one-shot hash: an HMAC object for each code costs more than its hashing. The key has 64 bytes at most.
 * `forget` after use.
 */
export function nativeMac(key: Uint8Array): NativeMac {
  let inner = padded(key, INNER, COUNTER)
  const outer = padded(key, OUTER, DIGEST)
  const mac: Mac = (message) => {
    if (inner.length !== BLOCK + message.length) {
      inner.fill(0)
      inner = padded(key, INNER, message.length)
    }
    inner.set(message, BLOCK)
    outer.write(hash('sha256', inner, 'latin1'), BLOCK, 'latin1')
    return Buffer.from(hash('sha256', outer, 'latin1'), 'latin1')
  }
  const forget = (): void => {
    inner.fill(0)
    outer.fill(0)
  }
  return { mac, forget }
}

/** The key with each byte changed, up to a block; behind it room for so many bytes. */
function padded(key: Uint8Array, pad: number, room: number): Buffer {
  const block = Buffer.alloc(BLOCK + room, pad)
  for (let place = 0; place < key.length; place += 1) block[place] = (key[place] ?? 0) ^ pad
  return block
}
