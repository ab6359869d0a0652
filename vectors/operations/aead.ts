import type { Aead } from '@latchkey/soft-token/platform'

/** AES-256-GCM by WebCrypto, which Node and browsers have. */
export const aead: Aead = {
  seal: async (key, nonce, plaintext, additional) => {
    const sealed = await crypto.subtle.encrypt(parameters(nonce, additional), await imported(key, 'encrypt'), new Uint8Array(plaintext))
    return new Uint8Array(sealed)
  },
  open: async (key, nonce, sealed, additional) => {
    const keyObject = await imported(key, 'decrypt')
    try {
      return new Uint8Array(await crypto.subtle.decrypt(parameters(nonce, additional), keyObject, new Uint8Array(sealed)))
    } catch (failure) {
      // WebCrypto's word for a tag that does not hold; anything else is a mistake of ours.
      if (failure instanceof DOMException && failure.name === 'OperationError') return undefined
      throw failure
    }
  },
}

function parameters(nonce: Uint8Array, additional: Uint8Array): AesGcmParams {
  return { name: 'AES-GCM', iv: new Uint8Array(nonce), additionalData: new Uint8Array(additional) }
}

function imported(key: Uint8Array, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, [usage])
}
