import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Aead } from '@latchkey/soft-token/platform'

const CIPHER = 'aes-256-gcm'
const TAG_BYTES = 16

/** AES-256-GCM by the platform's own library. */
export const aes256Gcm: Aead = {
  seal: async (key, nonce, plaintext, additional) => {
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(additional)
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  },
  open: async (key, nonce, sealed, additional) => {
    if (sealed.length < TAG_BYTES) return undefined
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(additional)
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    // Counter mode gives everything in `update`; `final` only judges the tag.
    const plaintext = decipher.update(sealed.subarray(0, -TAG_BYTES))
    try {
      decipher.final()
      return new Uint8Array(plaintext)
    } catch {
      return undefined
    } finally {
      plaintext.fill(0)
    }
  },
}
