import { STEP_MS, stepAt } from '@latchkey/protocol/otp/totp'
import type { IdentityRecord } from '../vault/record.ts'
import { type Event, next, PIN_TRIES, type State } from './flow.ts'

/** What the machine says of a stored record. */
export function stateOf(record: IdentityRecord): State {
  const name = record.registrationCode === undefined ? 'active' : 'registering'
  if (record.failedPins < PIN_TRIES) return { name, failedPins: record.failedPins }
  return record.boxErased ? { name: 'locked' } : { name: 'last-try', was: name }
}

/**
 * The record after an event. What a lock overwrites is overwritten by `lock`.
 * @throws Error where the machine refuses the event: verbs look at `stateOf` first, and answer.
 */
export function advance(record: IdentityRecord, event: Event): IdentityRecord {
  const state = next(stateOf(record), event)
  if ('refused' in state || state.name === 'absent') throw new Error(`an identity that is ${stateOf(record).name} has no ${event}`)
  if (state.name === 'locked' || state.name === 'last-try') return { ...record, failedPins: PIN_TRIES }
  return { ...record, failedPins: state.failedPins, registrationCode: state.name === 'active' ? undefined : record.registrationCode }
}

/** A code is shown this long: until the end of the step after its own (STP-1, 3). Milliseconds since 1970. */
export function shownUntil(step: number): number {
  return (step + 2) * STEP_MS
}

/** A code may be shown from the moment at which its step is the current one or the next (STP-1, 3). */
export function shownFrom(step: number): number {
  return (step - 1) * STEP_MS
}

/** The step whose code one PIN entry gives: the current one, or the one after the last shown (STP-1, 3). */
export function stepToShow(record: IdentityRecord, now: number): number {
  return Math.max(stepAt(now), (record.lastShownStep ?? -1) + 1)
}

/** A clock that went back further than this was set, not adjusted. */
const SET_BACK_MS = 5 * 60_000

/**
 * Notes what the clock says. After it was set back, the last shown step may lie in a future that did not come: it is dropped,
 * so that the right code is shown at once instead of after a wait as long as the jump. The server still takes no code twice.
 */
export function noteClock(record: IdentityRecord, now: number): { record: IdentityRecord; setBack: boolean } {
  const setBack = now < record.clockSeen - SET_BACK_MS
  if (!setBack) return { record: { ...record, clockSeen: now }, setBack }
  const fromTheFuture = (record.lastShownStep ?? -1) > stepAt(now)
  return {
    record: { ...record, clockSeen: now, clockSetBackAt: now, lastShownStep: fromTheFuture ? undefined : record.lastShownStep },
    setBack,
  }
}

/** Wrong unlock codes that cost nothing but the try (STP-1, 5). */
const FREE_WRONG_UNLOCKS = 5
const FIRST_WAIT_MS = 60_000
const LONGEST_WAIT_MS = 3_600_000

/** After the fifth wrong unlock code a minute, doubling to an hour (STP-1, 5). Milliseconds. */
export function waitAfter(wrongUnlocks: number): number {
  if (wrongUnlocks < FREE_WRONG_UNLOCKS) return 0
  return Math.min(FIRST_WAIT_MS * 2 ** (wrongUnlocks - FREE_WRONG_UNLOCKS), LONGEST_WAIT_MS)
}

export type UnlockClaim = { ok: true; record: IdentityRecord } | { ok: false; waitMs: number; record: IdentityRecord }

/**
 * The record with one more unlock code counted, to be stored before the code is judged; or how long to wait.
 * A clock that was set back does not lengthen the wait: it begins anew.
 */
export function claimUnlock(record: IdentityRecord, now: number): UnlockClaim {
  const longest = waitAfter(record.wrongUnlocks)
  const waitMs = Math.min(record.waitUntil - now, longest)
  if (waitMs > 0) return { ok: false, waitMs, record: { ...record, waitUntil: now + waitMs } }
  const wrongUnlocks = record.wrongUnlocks + 1
  return { ok: true, record: { ...record, wrongUnlocks, waitUntil: now + waitAfter(wrongUnlocks) } }
}

const SPOILS_A_LINE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
const LONGEST_NAME = 40

/** A name as it is kept: NFC, trimmed. Undefined if it is empty, longer than 40 characters or could spoil a line of a terminal. */
export function nameOf(typed: string): string | undefined {
  const name = typed.normalize('NFC').trim()
  const usable = name.length > 0 && Array.from(name).length <= LONGEST_NAME && !SPOILS_A_LINE.test(name)
  return usable ? name : undefined
}
