import { createHmac, randomBytes } from 'node:crypto'
import { counterBytes } from '@latchkey/protocol/otp/hotp'
import { findStep } from '@latchkey/protocol/otp/totp'
import { alternate, say } from './alternate.ts'
import type { Figure } from './run.ts'

const LIMIT = 0.6
const CALLS = 20_000
const ROUNDS = 21
const STEP = 59_000_000

/** `findStep` over its three steps beside three bare HMAC-SHA-256 of Node's own: how fast it is, as a share of their speed. */
export async function measureFindStep(): Promise<Figure> {
  const key = new Uint8Array(randomBytes(32))
  const expected = { nowStep: STEP, drift: 0, lastAccepted: undefined, digits: 6 } as const
  const messages = [STEP - 1, STEP, STEP + 1].map(counterBytes)
  const ours = (): void => {
    for (let call = 0; call < CALLS; call += 1) findStep(key, '000000', expected)
  }
  const bare = (): void => {
    for (let call = 0; call < CALLS; call += 1) for (const message of messages) createHmac('sha256', key).update(message).digest()
  }
  ours()
  bare()
  const { one, other, ratio } = await alternate(ROUNDS, bare, ours)
  return {
    what: 'findStep, three steps, to three bare HMAC-SHA-256',
    figure: `${ratio.toFixed(2)} ×`,
    limit: `at least ${LIMIT} ×`,
    holds: ratio >= LIMIT,
    detail: `${CALLS} calls: bare ${say(one)}, findStep ${say(other)}`,
  }
}
