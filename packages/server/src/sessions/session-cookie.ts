import { parse } from 'hono/utils/cookie'
import type { Config } from '../config.ts'
import type { SessionKind } from '../db/columns.ts'
import { cookieName } from '../http/cookies.ts'

const NAMES = {
  'sign-in': 'session',
  enrolment: 'enrolment',
  'self-administration': 'self_administration',
  'password-reset': 'password_reset',
} as const

/** The name of the cookie of a kind of session, without its prefix. */
export function sessionCookie(kind: SessionKind): string {
  return NAMES[kind]
}

/** The session's secret in a Cookie header. */
export function sessionSecretOf(config: Config, header: string | undefined, kind: SessionKind): string | undefined {
  const name = cookieName(config, sessionCookie(kind))
  return header === undefined ? undefined : parse(header, name)[name]
}
