import { activation } from './operations/activation.ts'
import { codes } from './operations/codes.ts'
import type { Answer, Given, Operation, Vector } from './operations/given.ts'
import { oneTimePasswords } from './operations/one-time-passwords.ts'
import { securityCodes } from './operations/security-codes.ts'
import { unlock } from './operations/unlock.ts'
import { vault } from './operations/vault.ts'

type Operations = { readonly [O in Operation]: (given: Given[O]) => Answer | Promise<Answer> }

/** Every operation of the vectors, by the name that the files use, as a call of the implementation in `packages/`. */
export const OPERATIONS: Operations = { ...codes, ...activation, ...securityCodes, ...unlock, ...oneTimePasswords, ...vault }

/** What the implementation answers to a vector. */
export async function runVector<O extends Operation>(vector: Vector<O>): Promise<Answer> {
  const operation: Operations[O] = OPERATIONS[vector.operation]
  return operation(vector.given)
}
