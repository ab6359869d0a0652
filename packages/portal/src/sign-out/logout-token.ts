import { jwtVerify } from 'jose'
import { z } from 'zod'
import type { Portal } from '../context.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../sessions/rules.ts'
import type { Logout } from '../sessions/store.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** Asymmetric ones only: with these, neither `none` nor a public key used as a secret verifies. */
const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA', 'Ed25519']
/** Shorter than what is remembered of a token's id, so that no token is good again once its id is forgotten. */
const MAX_AGE_SECONDS = 600
const LONGEST = 256

const logoutClaims = z
  .object({
    jti: z.string().min(1).max(LONGEST),
    sid: z.string().min(1).max(LONGEST).optional(),
    sub: z.string().min(1).max(LONGEST).optional(),
    events: z.looseObject({ [EVENT]: z.looseObject({}) }),
    nonce: z.never().optional(),
  })
  .refine(({ sid, sub }) => sid !== undefined || sub !== undefined)

/**
 * Reads a logout token (Back-Channel Logout 1.0, 2.6): signature, `typ`, `iss`, `aud`, `iat`, `exp`, `events`, no `nonce`,
 * and a session or a person. Replay is for the caller, in the transaction that acts on it. Throws if anything is wrong.
 */
export async function readLogoutToken(portal: Portal, token: string): Promise<Logout> {
  const { keys } = await portal.provider.discover()
  const { issuer, clientId } = portal.config
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ALGORITHMS,
    typ: 'logout+jwt',
    issuer,
    audience: clientId,
    requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', 'events'],
    maxTokenAge: MAX_AGE_SECONDS,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(portal.now()),
  })
  const { jti, sid, sub } = logoutClaims.parse(payload)
  return { jti, providerSid: sid, subject: sub }
}
