import { nextKeySet } from '@latchkey/protocol/activation/keys'
import { makeResetCode, resetCodeHolds } from '@latchkey/protocol/unlock/reset-code'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import { waitAfter } from '@latchkey/soft-token/identity/rules'
import { hexToBytes } from '@noble/hashes/utils.js'
import { keyFields } from './activation.ts'
import { goodCode, serialNumber } from './codes.ts'
import type { Answer, Given } from './given.ts'

/** STP-1, 5: unlock, and the key sets that it begins. */
export const unlock = {
  'make-reset-code': ({ serial, unlockKey, challenge }: Given['make-reset-code']): Answer => {
    return { pinResetCode: makeResetCode(hexToBytes(unlockKey), serialNumber(serial), challenge) }
  },

  'answer-reset-code': (given: Given['answer-reset-code']): Answer => {
    const serial = serialNumber(given.serial)
    const key = hexToBytes(given.unlockKey)
    const code = goodCode('reset', serial, given.pinResetCode)
    return resetCodeHolds(key, serial, code) ? { unlockCode: unlockCode(key, serial, code) } : { error: 'wrong-proof' }
  },

  'unlock-wait': ({ wrongUnlockCodes }: Given['unlock-wait']): Answer => ({ waitSeconds: waitAfter(wrongUnlockCodes) / 1000 }),

  'next-key-set': ({ serial, unlockKey, pinResetCode }: Given['next-key-set']): Answer => {
    return keyFields(nextKeySet(hexToBytes(unlockKey), goodCode('reset', serialNumber(serial), pinResetCode)))
  },

  'chain-key-sets': (given: Given['chain-key-sets']): Answer => {
    const serial = serialNumber(given.serial)
    let key: Uint8Array = hexToBytes(given.unlockKey)
    const unlocks = given.challenges.map((challenge) => {
      const pinResetCode = makeResetCode(key, serial, challenge)
      const keys = nextKeySet(key, pinResetCode)
      const answer = unlockCode(key, serial, pinResetCode)
      key = keys.unlock
      return { pinResetCode, unlockCode: answer, ...keyFields(keys) }
    })
    return { unlocks }
  },
}
