import { type Expectation, type Found, findStep } from '@latchkey/protocol/otp/totp'
import type { KeySetId, TokenId } from '../ids.ts'
import { nativeMac } from './native-mac.ts'

/** A key set as a security code is held against it. `otp` is key(otp), 32 bytes. */
export type SetInPlay = {
  id: KeySetId
  number: number
  state: 'current' | 'next' | 'retired'
  otp: Uint8Array
  lastStep: number | undefined
}
export type TokenInPlay = { id: TokenId; digits: 6 | 8; drift: number; lean: -1 | 0 | 1; sets: readonly SetInPlay[] }

export type Verdict =
  | { is: 'accepted'; token: TokenInPlay; set: SetInPlay; step: number }
  | { is: 'replayed'; token: TokenInPlay }
  /** The code of a key set that was retired: an old copy of the token is in use. */
  | { is: 'old-copy'; token: TokenInPlay }
  | { is: 'wrong' }

/** Judged where a person has no token, so that it takes the same time. Nobody is accepted by it. */
const NO_TOKEN: Pick<TokenInPlay, 'digits' | 'drift'> & { otp: Uint8Array } = { digits: 6, drift: 0, otp: new Uint8Array(32) }

/**
 * Holds a security code against every key set of every token, whatever matches first, so that the time tells nothing:
 * current sets, then next ones (docs/spec/protocol.md, 8), then retired ones, under which nothing is accepted.
 * @param restoredStep steps up to it are refused: a restored database has forgotten which of them were used
 */
export function judgeCode(tokens: readonly TokenInPlay[], code: string, nowStep: number, restoredStep: number | undefined): Verdict {
  if (tokens.length === 0) {
    hold(NO_TOKEN.otp, code, { nowStep, drift: 0, digits: NO_TOKEN.digits, lastAccepted: undefined })
    return { is: 'wrong' }
  }
  const found = tokens.flatMap((token) =>
    inOrder(token.sets).map((set) => ({
      token,
      set,
      found: hold(set.otp, code, expect(token, set, nowStep, restoredStep)),
    })),
  )
  const living = found.filter(({ set }) => set.state !== 'retired')
  for (const { token, set, found } of living) if (found.outcome === 'accepted') return { is: 'accepted', token, set, step: found.step }
  const replayed = living.find(({ found }) => found.outcome === 'replayed')
  if (replayed !== undefined) return { is: 'replayed', token: replayed.token }
  const old = found.find(({ set, found }) => set.state === 'retired' && matches(found))
  return old === undefined ? { is: 'wrong' } : { is: 'old-copy', token: old.token }
}

function hold(otp: Uint8Array, code: string, expectation: Expectation): Found {
  const { mac, forget } = nativeMac(otp)
  const found = findStep(otp, code, expectation, mac)
  forget()
  return found
}

function matches(found: Found): boolean {
  return found.outcome !== 'wrong-code'
}

function inOrder(sets: readonly SetInPlay[]): SetInPlay[] {
  return [...sets.filter(({ state }) => state === 'current'), ...sets.filter(({ state }) => state !== 'current')]
}

function expect(token: TokenInPlay, set: SetInPlay, nowStep: number, restoredStep: number | undefined): Expectation {
  const { drift, digits } = token
  return { nowStep, drift, digits, lastAccepted: lastStepOf(set, restoredStep) }
}

/** The step up to which nothing is accepted. */
export function lastStepOf({ lastStep }: Pick<SetInPlay, 'lastStep'>, restoredStep: number | undefined): number | undefined {
  if (lastStep === undefined || restoredStep === undefined) return lastStep ?? restoredStep
  return Math.max(lastStep, restoredStep)
}
