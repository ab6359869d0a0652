import type { IncomingMessage } from 'node:http'
import type { Context } from '../../context.ts'
import type { SessionId } from '../../ids.ts'
import type { Session } from '../../session.ts'
import { findSession } from '../../sessions/find-session.ts'
import { sessionSecretOf } from '../../sessions/session-cookie.ts'
import { acrOf, amrOf, authTimeOf } from './rules.ts'

const found = new WeakMap<IncomingMessage, Promise<Session | undefined>>()

/** Our session of the browser that sent a request; looked up once a request. It is the truth, the library's session follows it. */
export function ourSession(ctx: Context, request: IncomingMessage): Promise<Session | undefined> {
  const known = found.get(request)
  if (known !== undefined) return known
  const looking = findSession(ctx, 'sign-in', sessionSecretOf(ctx.config, request.headers.cookie, 'sign-in'))
  found.set(request, looking)
  return looking
}

/** What our session says of itself, in the library's words. */
export function loginOf(session: Session) {
  const acr = acrOf(session)
  return { accountId: session.user, loginTs: authTimeOf(session), amr: amrOf(session), ...(acr === undefined ? {} : { acr }) }
}

/** The `sid` of ID Tokens and logout tokens: the same for a session and a relying party as long as the session lives, and telling neither. */
export function sidOf(ctx: Context, session: SessionId, clientId: string): string {
  return ctx.keys.hash('oidc-sid', `${session} ${clientId}`)
}

/** A session gives a relying party one grant after the other: the next once the former is revoked. */
export function grantIdOf(session: SessionId, clientId: string, revokedBefore: number): string {
  return `${session} ${revokedBefore} ${clientId}`
}
