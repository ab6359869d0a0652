import { ARGON2ID } from '@latchkey/protocol/activation/argon2id'
import { expect, test } from 'vitest'
import { argon2id, builtIn } from './argon2id.ts'

/** pinKey of the first vault vector of STP-1. */
const INPUT = { ...ARGON2ID, password: Buffer.from('184027'), salt: Buffer.from('30541ad79f25dba24cc6844fe904e5ba', 'hex') }
const PIN_KEY = '935854cf971626aa09073fa99f95bc3511cb331560d8a41f3afdad1116aa6b0a'

test.each([
  ['the native library', argon2id],
  ['Node’s own', builtIn],
])('%s computes the same Argon2id', async (_name, compute) => {
  expect(Buffer.from(await compute(INPUT)).toString('hex')).toBe(PIN_KEY)
})
