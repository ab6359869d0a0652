import type { Aead } from '@latchkey/soft-token/platform'

const NAME = 'AES-GCM'

/** AES-256-GCM by WebCrypto. */
export const webAead: Aead = {
  seal: async (key, nonce, plaintext, additional) => sealWith(await importKey(key), nonce, plaintext, additional),
  open: async (key, nonce, sealed, additional) => openWith(await importKey(key), nonce, sealed, additional),
}

export async function sealWith(key: CryptoKey, nonce: Uint8Array, plaintext: Uint8Array, additional: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.encrypt(paramsOf(nonce, additional), key, own(plaintext)))
}

/** Undefined if the tag does not hold. */
export async function openWith(
  key: CryptoKey,
  nonce: Uint8Array,
  sealed: Uint8Array,
  additional: Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(paramsOf(nonce, additional), key, own(sealed)))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') return undefined
    throw error
  }
}

function paramsOf(nonce: Uint8Array, additional: Uint8Array): AesGcmParams {
  return { name: NAME, iv: own(nonce), additionalData: own(additional), tagLength: 128 }
}

function importKey(key: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', own(key), NAME, false, ['encrypt', 'decrypt'])
}

/** WebCrypto takes no view of memory that is shared; none of ours is. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes)
}
