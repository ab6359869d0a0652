import type { MiddlewareHandler } from 'hono'
import type { Portal, Request, RequestEnv } from '../context.ts'
import { readCookie } from '../http/cookies.ts'
import { hashOf } from '../http/secret.ts'
import { returnPath } from '../sign-in/return-path.ts'
import { startSignIn } from '../sign-in/start.ts'
import { TO_SIGN_IN } from './rules.ts'
import { type Session, visitSession } from './store.ts'

/** The session of this browser, which is thereby visited; undefined if there is none. */
export function currentSession(portal: Portal, c: Request): Session | undefined {
  const secret = readCookie(portal.config, c, 'session')
  return secret === undefined ? undefined : visitSession(portal.db, hashOf(secret), portal.now())
}

/** Lets signed-in people through; everybody else signs in and comes back. */
export function requireSession(portal: Portal): MiddlewareHandler<RequestEnv> {
  return async (c, next) => {
    const session = currentSession(portal, c)
    if (session === undefined) return startSignIn(portal, c, { demand: TO_SIGN_IN, returnPath: returnPath(c.req.path) })
    c.set('session', session)
    return next()
  }
}
