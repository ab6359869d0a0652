import type { KeySet } from '@latchkey/protocol/activation/keys'
import { securityCode, stepAt } from '@latchkey/protocol/otp/totp'
import { expect } from 'vitest'
import { json } from './command-line.ts'

/** A PIN gives a code that this key set computes for the steps that a server would take. */
export async function expectCode(vault: string, pin: string, keys: KeySet, name?: string): Promise<void> {
  const { status, value } = await json(vault, ['token', 'code', ...(name === undefined ? [] : [name])], [pin])
  expect(status).toBe(0)
  const step = stepAt(Date.now())
  const accepted = [step - 1, step, step + 1].map((one) => securityCode(keys.otp, one, 6))
  expect(accepted).toContain((value as { securityCode: string }).securityCode)
}
