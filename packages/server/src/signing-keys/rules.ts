import type { Schema } from '../db/schema.ts'

/** `portal`: by which the portal shows the provider who it is. */
export type KeyUse = 'oidc' | 'cookies' | 'portal'
export type KeyAlgorithm = 'RS256' | 'ES256' | 'HS256'
export type KeyState = Schema['signing_keys']['state']

/** What is kept of each: one key that signs, one that will. They rotate together. */
export const SLOTS: readonly { use: KeyUse; algorithm: KeyAlgorithm }[] = [
  { use: 'oidc', algorithm: 'RS256' },
  { use: 'oidc', algorithm: 'ES256' },
  { use: 'cookies', algorithm: 'HS256' },
  { use: 'portal', algorithm: 'ES256' },
]

const HOUR_MS = 3_600_000
/** A key that signs no more verifies for this long: what it signed last is still under way. */
export const OVERLAP_MS = 24 * HOUR_MS
/** The portal's own is shown to nobody but us, and for a moment. */
export const PORTAL_OVERLAP_MS = 60_000
/** A key is published for this long before it signs: relying parties keep what they fetched for a while. */
export const PUBLISHED_FIRST_MS = HOUR_MS

const ORDER: Readonly<Record<KeyState, number>> = { current: 0, next: 1, retired: 2 }

/** The key that signs comes first: of several that fit, the first is taken. */
export function bySigningOrder(a: { state: KeyState; id: string }, b: { state: KeyState; id: string }): number {
  return ORDER[a.state] - ORDER[b.state] || (a.id < b.id ? -1 : 1)
}
