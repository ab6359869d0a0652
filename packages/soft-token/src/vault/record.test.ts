import type { Code } from '@latchkey/protocol/codes/code'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRecord, encodeRecord, type IdentityRecord, LABEL_BYTES, RECORD_BYTES } from './record.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const count = fc.nat(2 ** 40)
const digits = fc.constantFrom<(6 | 8)[]>(6, 8)
const code = (length: number) => fc.stringMatching(new RegExp(`^[0-9A-HJKMNP-TV-Z]{${length}}$`))

const record: fc.Arbitrary<IdentityRecord> = fc.record({
  label: fc.string({ maxLength: 40, unit: 'grapheme' }).filter((label) => new TextEncoder().encode(label).length <= LABEL_BYTES),
  profile: fc.record({ digits, pinMinimum: digits }),
  keySet: count,
  failedPins: fc.nat(5),
  boxErased: fc.boolean(),
  pinSalt: bytes(16),
  pinHint: fc.nat(63),
  pinBox: bytes(64),
  unlockSalt: bytes(16),
  unlockNonce: bytes(12),
  unlockBox: bytes(48),
  resetCode: code(8).map((text) => text as Code<'reset'>),
  registrationCode: fc.option(
    code(20).map((text) => text as Code<'registration'>),
    { nil: undefined },
  ),
  wrongUnlocks: count,
  waitUntil: count,
  lastShownStep: fc.option(count, { nil: undefined }),
  createdAt: count,
  clockSeen: count,
  clockSetBackAt: fc.option(count, { nil: undefined }),
})

test('what is written is read back, and every record has one length', () => {
  fc.assert(
    fc.property(record, (one) => {
      const written = encodeRecord(one)
      expect(written).toHaveLength(RECORD_BYTES)
      expect(decodeRecord(written)).toEqual(one)
    }),
    { numRuns: 300 },
  )
})

test('a record of another length is none', () => {
  for (const length of [0, RECORD_BYTES - 1, RECORD_BYTES + 1]) expect(decodeRecord(new Uint8Array(length))).toBeUndefined()
})

test('a name may fill its place, and not go beyond it', () => {
  const [one] = fc.sample(record, 1)
  if (one === undefined) throw new Error('a sample')
  expect(decodeRecord(encodeRecord({ ...one, label: 'x'.repeat(LABEL_BYTES) }))?.label).toHaveLength(LABEL_BYTES)
  expect(() => encodeRecord({ ...one, label: 'x'.repeat(LABEL_BYTES + 1) })).toThrow('a name has at most 160 bytes')
})
