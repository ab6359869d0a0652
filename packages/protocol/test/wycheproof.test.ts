import { expand, extract } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { prepareMac } from '../src/otp/hotp.ts'
import hkdfVectors from './wycheproof/hkdf_sha256_test.json' with { type: 'json' }
import hmacVectors from './wycheproof/hmac_sha256_test.json' with { type: 'json' }

describe('HMAC-SHA-256 as HOTP uses it, on Project Wycheproof’s vectors', () => {
  const tests = hmacVectors.testGroups.flatMap((group) => group.tests.map((vector) => ({ ...vector, bytes: group.tagSize / 8 })))
  test('all of them are here', () => expect(tests).toHaveLength(hmacVectors.numberOfTests))
  test.each(tests)('$tcId $comment: $result', ({ key, msg, tag, result, bytes }) => {
    const computed = bytesToHex(prepareMac(hexToBytes(key))(hexToBytes(msg)).subarray(0, bytes))
    expect(computed === tag).toBe(result === 'valid')
  })
})

describe('HKDF-SHA-256 on Project Wycheproof’s vectors', () => {
  const tests = hkdfVectors.testGroups.flatMap((group) => group.tests)
  test('all of them are here', () => expect(tests).toHaveLength(hkdfVectors.numberOfTests))
  test.each(tests)('$tcId $comment: $result', ({ ikm, salt, info, size, okm, result }) => {
    const derive = () => bytesToHex(expand(sha256, extract(sha256, hexToBytes(ikm), hexToBytes(salt)), hexToBytes(info), size))
    if (result === 'valid') expect(derive()).toBe(okm)
    else expect(derive).toThrow()
  })
})
