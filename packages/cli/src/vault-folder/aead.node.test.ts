import { describe, expect, test } from 'vitest'
import vectors from '../../../protocol/test/wycheproof/aes_gcm_test.json' with { type: 'json' }
import { webCryptoAead } from '../../../soft-token/test/web-crypto-aead.ts'
import { aes256Gcm } from './aead.ts'

/** The vault uses keys of 256 bits, nonces of 96 and tags of 128; the rest of the file is about other sizes. */
const tests = vectors.testGroups
  .filter((group) => group.keySize === 256 && group.ivSize === 96 && group.tagSize === 128)
  .flatMap((group) => group.tests)

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))

describe.each([
  ['Node’s own AES-256-GCM', aes256Gcm],
  ['WebCrypto’s', webCryptoAead],
])('%s on Project Wycheproof’s vectors', (_name, aead) => {
  test('there are some', () => expect(tests.length).toBeGreaterThan(60))
  test.each(tests)('$tcId $comment: $result', async ({ key, iv, aad, msg, ct, tag, result }) => {
    const opened = await aead.open(bytes(key), bytes(iv), bytes(ct + tag), bytes(aad))
    if (result !== 'valid') {
      expect(opened).toBeUndefined()
      return
    }
    expect(opened).toEqual(bytes(msg))
    const sealed = await aead.seal(bytes(key), bytes(iv), bytes(msg), bytes(aad))
    expect(Buffer.from(sealed).toString('hex')).toBe(ct + tag)
  })
})

test.each([
  ['Node’s own', aes256Gcm],
  ['WebCrypto’s', webCryptoAead],
])('%s: what is shorter than a tag opens to nothing', async (_name, aead) => {
  for (const length of [0, 1, 15]) {
    expect(await aead.open(new Uint8Array(32), new Uint8Array(12), new Uint8Array(length), new Uint8Array(0))).toBeUndefined()
  }
})
