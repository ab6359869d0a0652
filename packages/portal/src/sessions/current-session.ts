import type { Portal, Request } from '../context.ts'
import { readCookie } from '../http/cookies.ts'
import { hashOf } from '../http/secret.ts'
import { type Session, visitSession } from './store.ts'

/** The session of this browser, which is thereby visited; undefined if there is none. */
export async function currentSession(portal: Portal, c: Request): Promise<Session | undefined> {
  const secret = readCookie(portal.config, c, 'session')
  return secret === undefined ? undefined : visitSession(portal.db.single, hashOf(secret), portal.now())
}
