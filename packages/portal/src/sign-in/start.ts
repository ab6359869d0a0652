import * as openid from 'openid-client'
import type { Portal, Request } from '../context.ts'
import { readCookie, writeCookie } from '../http/cookies.ts'
import { hashOf, newSecret } from '../http/secret.ts'
import { showNotice } from '../pages/show-notice.ts'
import { errorSummary } from '../provider/error-summary.ts'
import type { Demand } from '../sessions/rules.ts'
import type { ReturnPath } from './return-path.ts'
import { addPending, PENDING_MS } from './store.ts'

/** What is asked of the provider, for whom (a step-up) and where it leads back to. */
export type Wanted = { demand: Demand; returnPath: ReturnPath; subject?: string }

/** Sends the browser to the provider, after keeping what its answer will be compared with. */
export async function startSignIn(portal: Portal, c: Request, wanted: Wanted): Promise<Response> {
  const configuration = await discovered(portal, c)
  if (configuration === undefined) return showNotice(portal, c, 'unreachable')
  const state = newSecret()
  const nonce = newSecret()
  const codeVerifier = openid.randomPKCECodeVerifier()
  const browser = readCookie(portal.config, c, 'browser') ?? newSecret()
  const { acr, maxAgeSeconds } = wanted.demand
  const pending = {
    nonce,
    codeVerifier,
    acr,
    maxAgeSeconds,
    subject: wanted.subject ?? null,
    returnPath: wanted.returnPath,
  }
  const keys = { stateHash: hashOf(state), browserHash: hashOf(browser) }
  await addPending(portal.db, keys, pending, portal.now())
  writeCookie(portal.config, c, 'browser', browser, PENDING_MS / 1000)
  const address = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: `${portal.config.publicUrl}/callback`,
    scope: 'openid profile',
    state,
    nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    acr_values: acr,
    max_age: String(maxAgeSeconds),
  })
  return c.redirect(address.href, 303)
}

async function discovered(portal: Portal, c: Request): Promise<openid.Configuration | undefined> {
  try {
    return (await portal.provider.discover()).configuration
  } catch (error) {
    c.var.log.warn({ error: errorSummary(error) }, 'the identity server cannot be reached')
    return undefined
  }
}
