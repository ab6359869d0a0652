import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { expect, test } from 'vitest'
import { equalBytes, equalText } from '../equal-bytes.ts'
import { learnDrift } from './drift.ts'
import { counterBytes } from './hotp.ts'
import { ocra } from './ocra.ts'
import { findStep, resynchronise, securityCode, stepAt } from './totp.ts'

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index)
const NOW = 59_000_000
const HASHES = { SHA1: sha1, SHA256: sha256, SHA512: sha512 }

test('counters are eight bytes, big-endian, up to 2^53 - 1', () => {
  expect([...counterBytes(0)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  expect([...counterBytes(2 ** 53 - 1)]).toEqual([0, 31, 255, 255, 255, 255, 255, 255])
  expect([...counterBytes(2 ** 32)]).toEqual([0, 0, 0, 1, 0, 0, 0, 0])
  for (const wrong of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => counterBytes(wrong)).toThrow(RangeError)
})

test('steps are thirty seconds, beyond 2038 and 2106', () => {
  expect(stepAt(0)).toBe(0)
  expect(stepAt(29_999)).toBe(0)
  expect(stepAt(30_000)).toBe(1)
  expect(stepAt(2 ** 31 * 1000)).toBe(71_582_788)
  expect(stepAt(2 ** 32 * 1000)).toBe(143_165_576)
})

test('beside the beginning of time no negative step is tried', () => {
  const expected = { nowStep: 0, drift: 0, lastAccepted: undefined, digits: 6 } as const
  expect(findStep(KEY, securityCode(KEY, 0, 6), expected)).toEqual({ outcome: 'accepted', step: 0 })
  expect(findStep(KEY, '000000', expected)).toEqual({ outcome: 'wrong-code' })
  expect(resynchronise(KEY, securityCode(KEY, 0, 6), securityCode(KEY, 1, 6), { nowStep: 0, lastAccepted: undefined, digits: 6 })).toEqual({
    step: 1,
    drift: 1,
  })
})

test('a code of other length is wrong, not an error', () => {
  const expected = { nowStep: NOW, drift: 0, lastAccepted: undefined, digits: 6 } as const
  for (const code of ['', '1', securityCode(KEY, NOW, 8), `${securityCode(KEY, NOW, 6)}0`]) {
    expect(findStep(KEY, code, expected)).toEqual({ outcome: 'wrong-code' })
  }
})

test('where one code belongs to two steps, the earliest that may be accepted wins', () => {
  const wanted = findCollision()
  expect(findStep(KEY, wanted.code, { nowStep: wanted.step, drift: 0, lastAccepted: undefined, digits: 6 })).toEqual({
    outcome: 'accepted',
    step: wanted.step,
  })
  expect(findStep(KEY, wanted.code, { nowStep: wanted.step, drift: 0, lastAccepted: wanted.step, digits: 6 })).toEqual({
    outcome: 'accepted',
    step: wanted.step + 1,
  })
})

/** Two neighbouring steps with the same six digits: a million steps hold about one. */
function findCollision(): { step: number; code: string } {
  let before = ''
  for (let step = 0; step < 20_000_000; step += 1) {
    const code = securityCode(KEY, step, 6)
    if (code === before) return { step: step - 1, code }
    before = code
  }
  throw new Error('no collision')
}

test.each([
  ['one success ahead is remembered', { drift: 0, lean: 0 }, 1, { drift: 0, lean: 1 }],
  ['a second one moves the drift', { drift: 0, lean: 1 }, 1, { drift: 1, lean: 0 }],
  ['one on the other side begins anew', { drift: 0, lean: 1 }, -1, { drift: 0, lean: -1 }],
  ['a success in the middle forgets', { drift: 3, lean: 1 }, 3, { drift: 3, lean: 0 }],
  ['behind works the same', { drift: -9, lean: -1 }, -10, { drift: -10, lean: 0 }],
  ['never beyond 10', { drift: 10, lean: 1 }, 11, { drift: 10, lean: 1 }],
  ['never beyond -10', { drift: -10, lean: -1 }, -11, { drift: -10, lean: -1 }],
  ['back from beyond after a resynchronisation', { drift: 50, lean: -1 }, 49, { drift: 49, lean: 0 }],
  ['but not further out', { drift: 50, lean: 1 }, 51, { drift: 50, lean: 1 }],
] as const)('drift: %s', (_what, before, offset, after) => {
  expect(learnDrift(before, offset)).toEqual(after)
})

test.each([
  ['a suite of another version', 'OCRA-2:HOTP-SHA256-6:QN08', '12345678'],
  ['an unknown hash', 'OCRA-1:HOTP-MD5-6:QN08', '12345678'],
  ['three digits', 'OCRA-1:HOTP-SHA1-3:QN08', '12345678'],
  ['something after the suite', 'OCRA-1:HOTP-SHA1-6:QN08-X', '12345678'],
  ['something before the suite', 'XOCRA-1:HOTP-SHA1-6:QN08', '12345678'],
  ['a question that is too long', 'OCRA-1:HOTP-SHA1-6:QN08', '123456789'],
  ['a question of letters where digits are asked for', 'OCRA-1:HOTP-SHA1-6:QN08', '1234567A'],
  ['an empty question', 'OCRA-1:HOTP-SHA1-6:QN08', ''],
  ['a question beyond ASCII', 'OCRA-1:HOTP-SHA1-6:QA08', 'ä'],
  ['a question format that allows three characters', 'OCRA-1:HOTP-SHA1-6:QN03', '123'],
  ['a question format that allows 65 characters', 'OCRA-1:HOTP-SHA1-6:QN65', '123'],
  ['a time step of no minutes', 'OCRA-1:HOTP-SHA1-6:QN08-T0M', '12345678'],
])('OCRA refuses %s', (_what, suite, question) => {
  expect(() => ocra(suite, KEY, { question, timeStep: 1 }, HASHES)).toThrow(RangeError)
})

test.each(['OCRA-1:HOTP-SHA1-6:C-QN08', 'OCRA-1:HOTP-SHA1-6:QN08-PSHA1', 'OCRA-1:HOTP-SHA1-6:QN08-S064', 'OCRA-1:HOTP-SHA1-6:QN08-T1M'])(
  'OCRA with %s needs all that the suite names',
  (suite) => {
    expect(() => ocra(suite, KEY, { question: '12345678' }, HASHES)).toThrow(/needs a/)
  },
)

test('OCRA needs the hash function of its suite at hand', () => {
  expect(() => ocra('OCRA-1:HOTP-SHA512-6:QN08', KEY, { question: '12345678' }, { SHA1: sha1 })).toThrow(/hash function/)
})

test('OCRA pads session information on the left and refuses what is longer', () => {
  const of = (session: number[]) =>
    ocra('OCRA-1:HOTP-SHA1-8:QN08-S004', KEY, { question: '12345678', session: Uint8Array.from(session) }, HASHES).digits
  expect(of([1, 2])).toBe(of([0, 0, 1, 2]))
  expect(of([1, 2])).not.toBe(of([1, 2, 0, 0]))
  expect(() => of([1, 2, 3, 4, 5])).toThrow(RangeError)
})

test('secrets are compared in full', () => {
  expect(equalText('123456', '123456')).toBe(true)
  for (const other of ['023456', '123450', '12345', '1234567', '']) expect(equalText('123456', other)).toBe(false)
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
  for (const other of [[0, 2], [1, 0], [1], [1, 2, 3]]) expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.from(other))).toBe(false)
})
