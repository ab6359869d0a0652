import { type HashFunction, hotp, prepareMac } from '@latchkey/protocol/otp/hotp'
import { type OcraInput, ocra } from '@latchkey/protocol/otp/ocra'
import { stepAt } from '@latchkey/protocol/otp/totp'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import type { Answer, Given, HashName } from './given.ts'

const HASHES: Readonly<Record<HashName, HashFunction>> = { SHA1: sha1, SHA256: sha256, SHA512: sha512 }

/** RFC 4226, RFC 6238, RFC 6287: the published parts, with every hash that their own vectors use. */
export const oneTimePasswords = {
  hotp: ({ key, hash, counter, digits }: Given['hotp']): Answer => {
    return { code: hotp(prepareMac(hexToBytes(key), HASHES[hash]), counter, digits) }
  },

  totp: ({ key, hash, unixTime, digits }: Given['totp']): Answer => {
    return { code: hotp(prepareMac(hexToBytes(key), HASHES[hash]), stepAt(unixTime * 1000), digits) }
  },

  ocra: ({ suite, key, questions, counter, pinHash, timeStep }: Given['ocra']): Answer => {
    const [first = '', second] = questions
    const input: OcraInput = { question: second === undefined ? first : [first, second] }
    if (counter !== undefined) input.counter = counter
    if (pinHash !== undefined) input.pinHash = hexToBytes(pinHash)
    if (timeStep !== undefined) input.timeStep = timeStep
    return { digits: ocra(suite, hexToBytes(key), input, HASHES).digits }
  },
}
