import type { SignInState } from '../db/columns.ts'

/** What can happen to a sign-in. */
export type SignInEvent =
  | { type: 'password-right'; enrolled: boolean; wantsSecondFactor: boolean }
  /** A security code or a recovery code. */
  | { type: 'second-factor-right' }
  /** What came before the second factor holds no longer: the session ended, or the password was changed. */
  | { type: 'first-step-over' }

/** An event that this state does not take: a step that was left out, or came twice. Nothing changes. */
export type OutOfOrder = 'out-of-order'

/**
 * The state after an event. The password comes first; the second factor is asked for where it matters;
 * whoever has not finished enrolment goes there, whatever was asked for, and is signed in at its end.
 */
export function advance(state: SignInState, event: SignInEvent): SignInState | OutOfOrder {
  if (state === 'password' && event.type === 'password-right') {
    if (!event.enrolled) return 'enrolment'
    return event.wantsSecondFactor ? 'second-factor' : 'done'
  }
  if (state === 'second-factor' && event.type === 'second-factor-right') return 'done'
  if (state === 'second-factor' && event.type === 'first-step-over') return 'password'
  return 'out-of-order'
}
