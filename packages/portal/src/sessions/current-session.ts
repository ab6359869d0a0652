import type { Portal, Request } from '../context.ts'
import { readCookie } from '../http/cookies.ts'
import { hashOf } from '../http/secret.ts'
import { type Session, visitSession } from './store.ts'

/** The session of this browser, which is thereby visited; undefined if there is none. */
export function currentSession(portal: Portal, c: Request): Session | undefined {
  const secret = readCookie(portal.config, c, 'session')
  return secret === undefined ? undefined : visitSession(portal.db, hashOf(secret), portal.now())
}
