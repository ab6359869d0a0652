import type { MiddlewareHandler } from 'hono'
import type { Portal, RequestEnv } from '../context.ts'
import { currentSession } from '../sessions/current-session.ts'
import { TO_SIGN_IN } from '../sessions/rules.ts'
import { returnPath } from './return-path.ts'
import { startSignIn } from './start.ts'

/** Lets signed-in people through; everybody else signs in and comes back. */
export function requireSession(portal: Portal): MiddlewareHandler<RequestEnv> {
  return async (c, next) => {
    const session = await currentSession(portal, c)
    if (session === undefined) return startSignIn(portal, c, { demand: TO_SIGN_IN, returnPath: returnPath(c.req.path) })
    c.set('session', session)
    return next()
  }
}
