import { equalText } from '../equal-bytes.ts'
import { hotp, type Mac, prepareMac } from './hotp.ts'

/** X of RFC 6238, in milliseconds; T0 is 0 (STP-1, 3). */
export const STEP_MS = 30_000
/** A server accepts this many steps on either side of where it expects the token (STP-1, 3). */
const WINDOW = 1
/** Resynchronisation looks this many steps to either side of the clock (STP-1, 3). */
const RESYNCHRONISATION_RANGE = 120

/** The time step of a moment in milliseconds since 1970 (RFC 6238, 4.2). Right beyond 2038 and 2106. */
export function stepAt(ms: number): number {
  return Math.floor(ms / STEP_MS)
}

/** The security code of one step (STP-1, 3). */
export function securityCode(key: Uint8Array, step: number, digits: 6 | 8): string {
  return hotp(prepareMac(key), step, digits)
}

/** What a server knows of a token's place in time. Steps are counted as by `stepAt`; `lastAccepted` is undefined under a new key set. */
export type Expectation = { nowStep: number; drift: number; lastAccepted: number | undefined; digits: 6 | 8 }
export type Found = { outcome: 'accepted'; step: number } | { outcome: 'replayed'; step: number } | { outcome: 'wrong-code' }

/**
 * Which step is this the code of, and is it later than the last accepted one? (STP-1, 3; RFC 6238, 5.2)
 * All three steps are computed and compared whatever matches, so that the time tells nothing. The earliest step that may be accepted wins.
 * @param mac HMAC-SHA-256 of the key, where there is a faster one than ours
 */
export function findStep(key: Uint8Array, code: string, expected: Expectation, mac: Mac = prepareMac(key)): Found {
  const after = expected.lastAccepted ?? -1
  let accepted: number | undefined
  let replayed: number | undefined
  for (let distance = WINDOW; distance >= -WINDOW; distance -= 1) {
    const step = expected.nowStep + expected.drift + distance
    if (step < 0 || !equalText(hotp(mac, step, expected.digits), code)) continue
    if (step > after) accepted = step
    else replayed = step
  }
  if (accepted !== undefined) return { outcome: 'accepted', step: accepted }
  if (replayed !== undefined) return { outcome: 'replayed', step: replayed }
  return { outcome: 'wrong-code' }
}

/**
 * Finds the codes of two consecutive steps within ±120 of the clock, both later than the last accepted (STP-1, 3).
 * @returns the second code's step, which becomes the last accepted, and the new drift; undefined counts as a wrong code.
 */
export function resynchronise(
  key: Uint8Array,
  first: string,
  second: string,
  expected: Omit<Expectation, 'drift'>,
): { step: number; drift: number } | undefined {
  const mac = prepareMac(key)
  const from = Math.max(0, expected.nowStep - RESYNCHRONISATION_RANGE, (expected.lastAccepted ?? -1) + 1)
  const to = expected.nowStep + RESYNCHRONISATION_RANGE
  let found: number | undefined
  let later = hotp(mac, to, expected.digits)
  for (let step = to - 1; step >= from; step -= 1) {
    const earlier = hotp(mac, step, expected.digits)
    const firstHolds = equalText(earlier, first)
    const secondHolds = equalText(later, second)
    if (firstHolds && secondHolds) found = step + 1
    later = earlier
  }
  return found === undefined ? undefined : { step: found, drift: found - expected.nowStep }
}
