import * as openid from 'openid-client'
import { z } from 'zod'
import type { Portal, Request } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { readCookie, writeCookie } from '../http/cookies.ts'
import { hashOf, looksLikeSecret, newSecret } from '../http/secret.ts'
import type { SignInRefusal } from '../pages/notices.ts'
import { showNotice } from '../pages/show-notice.ts'
import { errorSummary } from '../provider/error-summary.ts'
import { type Acr, endOfSession, ONE_FACTOR, reaches, TWO_FACTORS } from '../sessions/rules.ts'
import { addSession, endSession, forgetEndedSessions, type Session, visitSession } from '../sessions/store.ts'
import { refusalOf } from './refusal.ts'
import { type ClaimedSignIn, claimPending, type PendingSignIn } from './store.ts'

type Identity = {
  subject: string
  providerSid: string | null
  name: string
  timeZone: string
  acr: Acr
  authenticatedAt: number
  idToken: string
}

const LONGEST_NAME = 200

const idTokenClaims = z.object({
  sub: z.string().min(1),
  sid: z.string().min(1).optional(),
  acr: z.enum([ONE_FACTOR, TWO_FACTORS]).optional().catch(undefined),
  auth_time: z.int().nonnegative(),
})

const profileClaims = z.object({
  name: z.string().trim().min(1).optional().catch(undefined),
  preferred_username: z.string().trim().min(1).optional().catch(undefined),
  zoneinfo: z.string().max(64).refine(isTimeZone).optional().catch(undefined),
})

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Answers the provider's redirect: takes the sign-in that it belongs to, once, checks everything, and opens a session. */
export async function finishSignIn(portal: Portal, c: Request): Promise<Response> {
  const query = new URL(c.req.url).searchParams
  const pending = await claim(portal, c, query)
  if (pending === undefined) return showNotice(portal, c, 'expired')
  const identity = await identify(portal, c, query, pending)
  if (typeof identity === 'string') return showNotice(portal, c, identity)
  if (!reaches(identity.acr, pending.acr)) return showNotice(portal, c, 'second-factor-missing')
  if (pending.subject !== null && pending.subject !== identity.subject) return showNotice(portal, c, 'other-person')
  if (!(await openSession(portal, c, identity, pending.startedAt))) return showNotice(portal, c, 'expired')
  return c.redirect(pending.returnPath, 303)
}

/** A state is good once, for ten minutes, in the browser that it was made for. Spent before anything is judged. */
async function claim(portal: Portal, c: Request, query: URLSearchParams): Promise<ClaimedSignIn | undefined> {
  const state = query.get('state') ?? undefined
  const browser = readCookie(portal.config, c, 'browser')
  if (!looksLikeSecret(state) || browser === undefined) return undefined
  return claimPending(portal.db.single, { stateHash: hashOf(state), browserHash: hashOf(browser) }, portal.now())
}

async function identify(portal: Portal, c: Request, query: URLSearchParams, pending: PendingSignIn): Promise<Identity | SignInRefusal> {
  try {
    // RFC 9207, 2.4: an answer that does not say whom it is from is no answer, whatever the discovery document promises.
    if (query.get('iss') === null) return 'not-verified'
    const { configuration } = await portal.provider.discover()
    return await redeem(portal, configuration, query, pending)
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    c.var.log.warn({ error: errorSummary(error), refusal }, 'a sign-in was refused')
    return refusal
  }
}

/** Redeems the code. The library checks iss, state, nonce, PKCE, the ID token's signature and claims, and `auth_time` against max_age. */
async function redeem(
  portal: Portal,
  configuration: openid.Configuration,
  query: URLSearchParams,
  pending: PendingSignIn,
): Promise<Identity | SignInRefusal> {
  const address = new URL(`${portal.config.publicUrl}/callback?${query}`)
  const tokens = await openid.authorizationCodeGrant(configuration, address, {
    expectedState: query.get('state') ?? '',
    expectedNonce: pending.nonce,
    pkceCodeVerifier: pending.codeVerifier,
    idTokenExpected: true,
    maxAge: pending.maxAgeSeconds,
  })
  const claims = idTokenClaims.safeParse(tokens.claims())
  if (!claims.success || tokens.id_token === undefined) return 'not-verified'
  const { sub, sid, acr, auth_time: authTime } = claims.data
  // What the provider did not vouch for was not reached: it may not know the values that were asked for.
  if (acr === undefined) return pending.acr === TWO_FACTORS ? 'second-factor-missing' : 'not-verified'
  const profile = profileClaims.parse(await openid.fetchUserInfo(configuration, tokens.access_token, sub))
  return {
    subject: sub,
    providerSid: sid ?? null,
    name: (profile.name ?? profile.preferred_username ?? sub).slice(0, LONGEST_NAME),
    timeZone: profile.zoneinfo ?? 'UTC',
    acr,
    authenticatedAt: authTime * 1000,
    idToken: tokens.id_token,
  }
}

/** A new id at every authentication; the session that was open in this browser ends. False if the provider has ended the sign-in meanwhile. */
async function openSession(portal: Portal, c: Request, identity: Identity, startedAt: number): Promise<boolean> {
  const now = portal.now()
  const secret = newSecret()
  const former = readCookie(portal.config, c, 'session')
  const opened = await portal.db.inTurn(async (tx) => {
    await forgetEndedSessions(tx, now)
    const replaced = former === undefined ? undefined : await takeFormer(tx, hashOf(former), now)
    const bound = replaced?.subject === identity.subject ? replaced.endsAt : undefined
    const session: Session = { idHash: hashOf(secret), ...identity, endsAt: endOfSession(identity.authenticatedAt, now, bound) }
    return addSession(tx, session, { startedAt, now })
  })
  if (opened) writeCookie(portal.config, c, 'session', secret)
  return opened
}

async function takeFormer(tx: Tx, idHash: Uint8Array, now: number): Promise<Session | undefined> {
  const alive = await visitSession(tx, idHash, now)
  await endSession(tx, idHash)
  return alive
}
