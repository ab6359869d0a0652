import { confirmKey, deriveRoot, type KeySet } from '@latchkey/protocol/activation/keys'
import { activate, register } from '@latchkey/protocol/activation/registration'
import { bytesToHex } from '@noble/hashes/utils.js'
import { argon2id } from './argon2id.ts'
import { goodCode, serialNumber } from './codes.ts'
import type { Answer, Given } from './given.ts'

/** STP-1, 2: both halves of an activation. */
export const activation = {
  activate: async (given: Given['activate']): Promise<Answer> => {
    const serial = serialNumber(given.serial)
    const code = goodCode('activation', serial, given.activationCode)
    const { keys, registrationCode } = await activate(argon2id, serial, code, given.r)
    const root = await deriveRoot(argon2id, serial, code, given.r)
    return { root: bytesToHex(root), ...keyFields(keys), confirmKey: bytesToHex(confirmKey(root)), registrationCode }
  },

  register: async (given: Given['register']): Promise<Answer> => {
    const serial = serialNumber(given.serial)
    const activationCode = goodCode('activation', serial, given.activationCode)
    const registrationCode = goodCode('registration', serial, given.registrationCode)
    const keys = await register(argon2id, serial, activationCode, registrationCode)
    return keys === undefined ? { error: 'wrong-proof' } : keyFields(keys)
  },
}

/** A key set as the vectors write it. */
export function keyFields({ otp, unlock, sign }: KeySet): { otpKey: string; unlockKey: string; signKey: string } {
  return { otpKey: bytesToHex(otp), unlockKey: bytesToHex(unlock), signKey: bytesToHex(sign) }
}
