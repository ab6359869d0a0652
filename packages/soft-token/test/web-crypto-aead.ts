import type { Aead } from '../src/platform.ts'

/** AES-256-GCM by WebCrypto, as a browser has it. */
export const webCryptoAead: Aead = {
  seal: async (key, nonce, plaintext, additional) =>
    new Uint8Array(await crypto.subtle.encrypt(parameters(nonce, additional), await imported(key), ownBuffer(plaintext))),
  open: async (key, nonce, sealed, additional) => {
    try {
      return new Uint8Array(await crypto.subtle.decrypt(parameters(nonce, additional), await imported(key), ownBuffer(sealed)))
    } catch {
      return undefined
    }
  },
}

function parameters(nonce: Uint8Array, additional: Uint8Array): AesGcmParams {
  return { name: 'AES-GCM', iv: ownBuffer(nonce), additionalData: ownBuffer(additional), tagLength: 128 }
}

function imported(key: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', ownBuffer(key), 'AES-GCM', false, ['encrypt', 'decrypt'])
}

function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}
