import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'
import type { SignInRefusal } from '../pages/notices.ts'

const ANSWERS: Readonly<Record<string, SignInRefusal>> = {
  access_denied: 'denied',
  login_required: 'login-required',
  interaction_required: 'login-required',
  account_selection_required: 'login-required',
  consent_required: 'denied',
  unmet_authentication_requirements: 'second-factor-missing',
  temporarily_unavailable: 'busy',
  server_error: 'failed',
}

const NETWORK = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT'])
const SERVER_ERROR = 500

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined
}

/** What an error from the conversation with the provider means to the person; undefined if it is no such error. */
export function refusalOf(error: unknown): SignInRefusal | undefined {
  if (error instanceof AuthorizationResponseError) return ANSWERS[error.error] ?? 'failed'
  if (error instanceof ResponseBodyError) return error.status >= SERVER_ERROR ? 'failed' : 'not-verified'
  if (!(error instanceof Error)) return undefined
  if (isNetworkError(error)) return 'unreachable'
  const code = codeOf(error)
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' || code === 'OAUTH_RESPONSE_IS_NOT_JSON') return 'failed'
  return typeof code === 'string' && code.startsWith('OAUTH_') ? 'not-verified' : undefined
}

/** Node's fetch throws a TypeError whose cause is the socket's error. */
function isNetworkError(error: Error): boolean {
  if (NETWORK.has(String(codeOf(error)))) return true
  return error instanceof TypeError && error.cause instanceof Error
}
