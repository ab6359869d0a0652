import type { Schema } from '../db/schema.ts'

export const ONE_FACTOR = 'urn:latchkey:acr:one-factor'
export const TWO_FACTORS = 'urn:latchkey:acr:two-factors'

export type Acr = Schema['portalSessions']['acr']

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export const SESSION_IDLE_MS = HOUR
export const SESSION_LONGEST_MS = 12 * HOUR
/**
 * What a sign-in asks for. The age is an hour less than a session lasts, which counts from the authentication: otherwise a provider whose
 * own sessions last longer would hand back one that is at its end, and the browser would go round in circles.
 */
export const TO_SIGN_IN: Demand = { acr: ONE_FACTOR, maxAgeSeconds: (SESSION_LONGEST_MS - HOUR) / 1000 }
/** How far apart this clock and the provider's may be. The same everywhere, so that what a step-up brought back is enough for the page that asked for it. */
export const CLOCK_TOLERANCE_SECONDS = 30

/** What a page asks of a session (RFC 9470): how it was authenticated, and how long ago at most. */
export type Demand = { acr: Acr; maxAgeSeconds: number }

/** Two factors are enough wherever one is. */
export function reaches(reached: Acr, wanted: Acr): boolean {
  return reached === TWO_FACTORS || reached === wanted
}

/** True if an authentication at `authenticatedAt` (milliseconds) is good enough for `demand` at `now`. */
export function suffices(session: { acr: Acr; authenticatedAt: number }, demand: Demand, now: number): boolean {
  if (!reaches(session.acr, demand.acr)) return false
  return session.authenticatedAt + (demand.maxAgeSeconds + CLOCK_TOLERANCE_SECONDS) * 1000 >= now
}

/**
 * When a new session ends at the latest. It counts from the authentication, not from the visit here, and a step-up
 * (`replaced`: the end of the session that it takes the place of) does not prolong a session.
 */
export function endOfSession(authenticatedAt: number, now: number, replaced?: number): number {
  return Math.min(Math.min(authenticatedAt, now) + SESSION_LONGEST_MS, replaced ?? Number.POSITIVE_INFINITY)
}
