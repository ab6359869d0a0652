import type { MiddlewareHandler } from 'hono'
import type { Context } from '../context.ts'
import { browserOf } from '../http/browser-cookie.ts'
import { leaveFlash } from '../http/flash.ts'
import type { Env, Request } from '../http/request.ts'
import type { Session } from '../session.ts'
import { findSession } from '../sessions/find-session.ts'
import { FRESH_MS } from '../sessions/rules.ts'
import { sessionSecretOf } from '../sessions/session-cookie.ts'
import { startSignIn } from './start-sign-in.ts'

/** A request of somebody who is signed in. */
export type SignedIn = Env

/** The session of the browser that asks. */
export function sessionOfRequest(request: Request, ctx: Context): Promise<Session | undefined> {
  return findSession(ctx, 'sign-in', sessionSecretOf(ctx.config, request.req.header('cookie'), 'sign-in'))
}

/**
 * Lets through who is signed in, with a second factor of the last ten minutes if that is wanted.
 * A page that is asked for comes after the sign-in; a form that comes too late is not acted upon: its person signs in and is told so.
 * @param home the page that a form that came too late leads to
 */
export function requireSession(
  ctx: Context,
  { freshSecondFactor, home = '/account' }: { freshSecondFactor: boolean; home?: string },
): MiddlewareHandler<SignedIn> {
  return async (request, next) => {
    const session = await sessionOfRequest(request, ctx)
    const freshSince = ctx.now() - FRESH_MS
    const fresh = !freshSecondFactor || (session?.secondFactorAt ?? 0) > freshSince
    if (session !== undefined && fresh) {
      request.set('session', session)
      return next()
    }
    const isPage = request.req.method === 'GET' || request.req.method === 'HEAD'
    const { pathname, search } = new URL(request.req.url)
    const returnTo = isPage ? `${pathname}${search}` : home
    if (!isPage) leaveFlash(request, ctx, home, { kind: 'refusal', text: 'sign-in.too-late' })
    const id = await startSignIn(ctx, {
      browser: browserOf(request, ctx),
      source: request.get('facts').address,
      returnTo,
      relyingParty: undefined,
      formOrigin: undefined,
      wantsSecondFactor: freshSecondFactor,
      freshSince: freshSecondFactor ? freshSince : undefined,
      session,
    })
    return request.redirect(`/sign-in/${id}`, 303)
  }
}
