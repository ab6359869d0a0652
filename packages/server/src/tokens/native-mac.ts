import { hash } from 'node:crypto'
import type { Mac } from '@latchkey/protocol/otp/hotp'

const BLOCK = 64
const DIGEST = 32
const INNER = 0x36
const OUTER = 0x5c

/**
 * HMAC-SHA-256 (RFC 2104, 2) by the runtime's one-shot hash: an HMAC object for each code costs more than its hashing. The key has 64 bytes at most;
 * what is made of it is overwritten at once.
 */
export function nativeMac(key: Uint8Array): Mac {
  return (message) => {
    const inner = Buffer.alloc(BLOCK + message.length, INNER)
    const outer = Buffer.alloc(BLOCK + DIGEST, OUTER)
    for (const [place, byte] of key.entries()) {
      inner[place] = byte ^ INNER
      outer[place] = byte ^ OUTER
    }
    inner.set(message, BLOCK)
    outer.write(hash('sha256', inner, 'hex'), BLOCK, 'hex')
    const digest = Buffer.from(hash('sha256', outer, 'hex'), 'hex')
    inner.fill(0)
    outer.fill(0)
    return digest
  }
}
