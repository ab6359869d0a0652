import type { TextId } from '../texts.ts'

/** Why a sign-in did not happen. */
export type SignInRefusal =
  | 'expired'
  | 'denied'
  | 'login-required'
  | 'busy'
  | 'unreachable'
  | 'failed'
  | 'not-verified'
  | 'second-factor-missing'
  | 'other-person'

/** Everything that the portal says instead of what was asked for. */
export type Notice =
  | SignInRefusal
  | 'signed-out-here'
  | 'foreign-origin'
  | 'not-found'
  | 'wrong-method'
  | 'too-large'
  | 'wrong-type'
  | 'broken'

type Action = { href: string; label: TextId }

const SIGN_IN: Action = { href: '/sign-in', label: 'action.sign-in-again' }
const RETRY: Action = { href: '/sign-in', label: 'action.try-again' }
const DASHBOARD: Action = { href: '/dashboard', label: 'action.dashboard' }
const FRONT: Action = { href: '/', label: 'action.front' }

/** One table from outcomes to answers. `retryAfter` is in seconds. */
export const NOTICES: Readonly<
  Record<Notice, { status: 200 | 400 | 403 | 404 | 405 | 413 | 415 | 500 | 502 | 503; action: Action; retryAfter?: number }>
> = {
  expired: { status: 400, action: { href: '/dashboard', label: 'action.sign-in-again' } },
  denied: { status: 403, action: SIGN_IN },
  'login-required': { status: 403, action: SIGN_IN },
  busy: { status: 503, action: RETRY, retryAfter: 30 },
  unreachable: { status: 503, action: RETRY, retryAfter: 60 },
  failed: { status: 502, action: RETRY },
  'not-verified': { status: 400, action: SIGN_IN },
  'second-factor-missing': { status: 403, action: DASHBOARD },
  'other-person': { status: 403, action: DASHBOARD },
  'signed-out-here': { status: 503, action: FRONT },
  'foreign-origin': { status: 403, action: DASHBOARD },
  'not-found': { status: 404, action: FRONT },
  'wrong-method': { status: 405, action: DASHBOARD },
  'too-large': { status: 413, action: DASHBOARD },
  'wrong-type': { status: 415, action: DASHBOARD },
  broken: { status: 500, action: FRONT },
}
