import type { MiddlewareHandler } from 'hono'
import type { Portal, Request, RequestEnv } from '../context.ts'
import { currentSession } from '../sessions/current-session.ts'
import { type Demand, suffices, TWO_FACTORS } from '../sessions/rules.ts'
import { returnPath } from './return-path.ts'
import { startSignIn } from './start.ts'

/** True for a program that asks for JSON, which cannot follow a redirect to a page. */
function wantsJson(c: Request): boolean {
  const accept = c.req.header('accept') ?? ''
  return accept.includes('json') && !accept.includes('text/html')
}

/** RFC 9470, 3: what is missing, in the words that a client repeats in its next authorization request. */
function challenge(demand: Demand): string {
  return `Bearer error="insufficient_user_authentication", acr_values="${demand.acr}", max_age=${demand.maxAgeSeconds}`
}

/** Lets through whoever gave a second factor at most `maxAgeSeconds` ago; everybody else gives one and comes back. */
export function requireSecondFactor(portal: Portal, { maxAgeSeconds }: { maxAgeSeconds: number }): MiddlewareHandler<RequestEnv> {
  const demand = { acr: TWO_FACTORS, maxAgeSeconds } satisfies Demand
  return async (c, next) => {
    const session = await currentSession(portal, c)
    if (session !== undefined && suffices(session, demand, portal.now())) {
      c.set('session', session)
      return next()
    }
    if (wantsJson(c)) return c.json({ error: 'insufficient_user_authentication' }, 401, { 'WWW-Authenticate': challenge(demand) })
    const subject = session === undefined ? {} : { subject: session.subject }
    return startSignIn(portal, c, { demand, returnPath: returnPath(c.req.path), ...subject })
  }
}
