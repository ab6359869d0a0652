/** Times are milliseconds since 1970. In the database the names have underscores. */
export type Schema = {
  portalSessions: {
    /** SHA-256 of the cookie's secret. */
    idHash: Uint8Array
    subject: string
    /** The provider's name for its own session (`sid`). */
    providerSid: string | null
    name: string
    timeZone: string
    acr: 'urn:latchkey:acr:one-factor' | 'urn:latchkey:acr:two-factors'
    authenticatedAt: number
    lastSeenAt: number
    endsAt: number
    idToken: string
  }
  portalSignIns: {
    stateHash: Uint8Array
    browserHash: Uint8Array
    nonce: string
    codeVerifier: string
    acr: Schema['portalSessions']['acr']
    maxAgeSeconds: number
    /** Set for a step-up: only that person may come back from it. */
    subject: string | null
    returnPath: '/dashboard' | '/manage-account'
    expiresAt: number
  }
  portalLogouts: { jti: string; providerSid: string | null; subject: string | null; receivedAt: number }
  portalIssuer: { onlyRow: number; identifier: string }
}
