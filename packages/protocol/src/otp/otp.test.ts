import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { expect, test } from 'vitest'
import { equalBytes, equalText } from '../equal-bytes.ts'
import { learnDrift } from './drift.ts'
import { counterBytes, prepareMac } from './hotp.ts'
import { ocra } from './ocra.ts'
import { findStep, resynchronise, securityCode, stepAt } from './totp.ts'

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index)
const NOW = 59_000_000
const HASHES = { SHA1: sha1, SHA256: sha256, SHA512: sha512 }

test('counters are eight bytes, big-endian, up to 2^53 - 1', () => {
  expect([...counterBytes(0)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  expect([...counterBytes(2 ** 53 - 1)]).toEqual([0, 31, 255, 255, 255, 255, 255, 255])
  expect([...counterBytes(2 ** 32)]).toEqual([0, 0, 0, 1, 0, 0, 0, 0])
  for (const wrong of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => counterBytes(wrong)).toThrow('a counter is an integer from 0 to 2^53 - 1')
  }
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

test.each([
  ['OCRA-1:HOTP-SHA1-6:C-QN08', 'this OCRA suite needs a counter'],
  ['OCRA-1:HOTP-SHA1-6:QN08-PSHA1', 'this OCRA suite needs a hash of the PIN'],
  ['OCRA-1:HOTP-SHA1-6:QN08-S064', 'this OCRA suite needs a session'],
  ['OCRA-1:HOTP-SHA1-6:QN08-T1M', 'this OCRA suite needs a time step'],
])('OCRA with %s: %s', (suite, message) => {
  expect(() => ocra(suite, KEY, { question: '12345678' }, HASHES)).toThrow(message)
})

test.each([
  ['OCRA-1:HOTP-SHA1-6:QN08', '123456789', 'not a question of format N with at most 8 characters'],
  ['OCRA-1:HOTP-SHA1-6:QN08', 'x12345', 'not a question of format N'],
  ['OCRA-1:HOTP-SHA1-6:QN08', '12345x', 'not a question of format N'],
  ['OCRA-1:HOTP-SHA1-6:QA08', 'äbc', 'not a question of format A'],
  ['OCRA-1:HOTP-SHA1-6:QA08', 'abcä', 'not a question of format A'],
  ['OCRA-1:HOTP-SHA1-6:QH08', 'x12', 'not a question of format H'],
  ['OCRA-1:HOTP-SHA1-6:QH08', '12x', 'not a question of format H'],
  ['OCRA-1:HOTP-SHA1-6:QN03', '123', 'an OCRA question has 4 to 64 characters at most'],
  ['OCRA-1:HOTP-SHA1-6:QN65', '123', 'an OCRA question has 4 to 64 characters at most'],
  ['nonsense', '123', 'not an OCRA suite with a hash function at hand: nonsense'],
])('OCRA with %s and the question %s: %s', (suite, question, message) => {
  expect(() => ocra(suite, KEY, { question }, HASHES)).toThrow(message)
})

test.each(['QN04', 'QN64', 'QA04', 'QH64'])('OCRA takes questions of the shortest and the longest form: %s', (format) => {
  const question = '1234'
  expect(ocra(`OCRA-1:HOTP-SHA256-6:${format}`, KEY, { question }, HASHES).digits).toMatch(/^\d{6}$/)
})

test('a hexadecimal question is its bytes, padded on the right', () => {
  const of = (format: string, question: string) => Array.from(ocra(`OCRA-1:HOTP-SHA256-0:${format}`, KEY, { question }, HASHES).digest)
  const computed = (message: number[]) => Array.from(prepareMac(KEY)(Uint8Array.from(message)))
  const padded = (suite: string, bytes: number[]) => [...new TextEncoder().encode(suite), 0, ...bytes, ...Array(128 - bytes.length).fill(0)]
  expect(of('QH08', 'aBcD')).toEqual(computed(padded('OCRA-1:HOTP-SHA256-0:QH08', [0xab, 0xcd])))
  expect(of('QN08', '48')).toEqual(computed(padded('OCRA-1:HOTP-SHA256-0:QN08', [0x30])))
  expect(of('QA08', '48')).toEqual(computed(padded('OCRA-1:HOTP-SHA256-0:QA08', [0x34, 0x38])))
})

test('a suite without digits has none, one with ten has ten', () => {
  expect(ocra('OCRA-1:HOTP-SHA256-0:QA08', KEY, { question: 'ABCD' }, HASHES).digits).toBe('')
  expect(ocra('OCRA-1:HOTP-SHA256-10:QA08', KEY, { question: 'ABCD' }, HASHES).digits).toMatch(/^\d{10}$/)
})

test.each(['T1S', 'T59S', 'T1M', 'T59M', 'T0H', 'T9H', 'T10H', 'T39H', 'T48H'])('a time step of %s is one', (unit) => {
  const at = (timeStep: number) => ocra(`OCRA-1:HOTP-SHA1-6:QN08-${unit}`, KEY, { question: '12345678', timeStep }, HASHES).digits
  expect(at(1)).not.toBe(at(2))
})

test.each(['T0S', 'T60S', 'T0M', 'T60M', 'T49H', 'T99H', 'T1D', 'T'])('a time step of %s is none', (unit) => {
  expect(() => ocra(`OCRA-1:HOTP-SHA1-6:QN08-${unit}`, KEY, { question: '12345678', timeStep: 1 }, HASHES)).toThrow('not an OCRA suite')
})

test('without a time step in the suite, one that is given does not count; nor does a counter or a session', () => {
  const bare = ocra('OCRA-1:HOTP-SHA1-6:QN08', KEY, { question: '12345678' }, HASHES).digits
  const more = { question: '12345678', timeStep: 7, counter: 7, pinHash: KEY, session: KEY }
  expect(ocra('OCRA-1:HOTP-SHA1-6:QN08', KEY, more, HASHES).digits).toBe(bare)
})

test('OCRA needs the hash function of its suite at hand', () => {
  expect(() => ocra('OCRA-1:HOTP-SHA512-6:QN08', KEY, { question: '12345678' }, { SHA1: sha1 })).toThrow(/hash function/)
})

test('OCRA pads session information on the left and refuses what is longer', () => {
  const of = (session: number[]) =>
    ocra('OCRA-1:HOTP-SHA1-8:QN08-S004', KEY, { question: '12345678', session: Uint8Array.from(session) }, HASHES).digits
  expect(of([1, 2])).toBe(of([0, 0, 1, 2]))
  expect(of([1, 2])).not.toBe(of([1, 2, 0, 0]))
  expect(of([1, 2, 3, 4])).toMatch(/^\d{8}$/)
  expect(() => of([1, 2, 3, 4, 5])).toThrow('the session information has more than 4 bytes')
})

test('secrets are compared in full', () => {
  expect(equalText('123456', '123456')).toBe(true)
  for (const other of ['023456', '123450', '12345', '1234567', '']) expect(equalText('123456', other)).toBe(false)
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
  for (const other of [[0, 2], [1, 0], [1], [1, 2, 3]]) expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.from(other))).toBe(false)
})
