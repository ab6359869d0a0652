import type { Aead } from '@latchkey/soft-token/platform'

/** AES-256-GCM by WebCrypto. */
export const webAead: Aead = {
  seal: async (key, nonce, plaintext, additional) => sealWith(await imported(key), nonce, plaintext, additional),
  open: async (key, nonce, sealed, additional) => openWith(await imported(key), nonce, sealed, additional),
}

export async function sealWith(key: CryptoKey, nonce: Uint8Array, plaintext: Uint8Array, additional: Uint8Array): Promise<Uint8Array> {
  const own = ownBuffer(plaintext)
  try {
    return new Uint8Array(await crypto.subtle.encrypt(parameters(nonce, additional), key, own))
  } finally {
    own.fill(0)
  }
}

/** Undefined if the tag does not hold. */
export async function openWith(
  key: CryptoKey,
  nonce: Uint8Array,
  sealed: Uint8Array,
  additional: Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters(nonce, additional), key, ownBuffer(sealed)))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') return undefined
    throw error
  }
}

async function imported(key: Uint8Array): Promise<CryptoKey> {
  const own = ownBuffer(key)
  try {
    return await crypto.subtle.importKey('raw', own, 'AES-GCM', false, ['encrypt', 'decrypt'])
  } finally {
    own.fill(0)
  }
}

function parameters(nonce: Uint8Array, additional: Uint8Array): AesGcmParams {
  return { name: 'AES-GCM', iv: ownBuffer(nonce), additionalData: ownBuffer(additional), tagLength: 128 }
}

/** WebCrypto takes no bytes of memory that may be shared. */
function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}
