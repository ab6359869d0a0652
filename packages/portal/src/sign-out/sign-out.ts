import { buildEndSessionUrl } from 'openid-client'
import type { Portal, Request } from '../context.ts'
import { clearCookie, readCookie } from '../http/cookies.ts'
import { hashOf } from '../http/secret.ts'
import { showNotice } from '../pages/show-notice.ts'
import { errorSummary } from '../provider/error-summary.ts'
import { endSession } from '../sessions/store.ts'

/** Ends the session here, first and whatever happens next, and then at the provider, which ends all others (RP-Initiated Logout 1.0, 2). */
export async function signOut(portal: Portal, c: Request): Promise<Response> {
  const secret = readCookie(portal.config, c, 'session')
  const session = secret === undefined ? undefined : await endSession(portal.db.single, hashOf(secret))
  clearCookie(portal.config, c, 'session')
  clearCookie(portal.config, c, 'browser')
  if (session === undefined) return c.redirect('/', 303)
  const address = await endSessionAddress(portal, c, session.idToken)
  return address === undefined ? showNotice(portal, c, 'signed-out-here') : c.redirect(address, 303)
}

async function endSessionAddress(portal: Portal, c: Request, idToken: string): Promise<string | undefined> {
  try {
    const { configuration } = await portal.provider.discover()
    const { clientId, publicUrl } = portal.config
    const parameters = { id_token_hint: idToken, client_id: clientId, post_logout_redirect_uri: `${publicUrl}/` }
    return buildEndSessionUrl(configuration, parameters).href
  } catch (error) {
    c.var.log.warn({ error: errorSummary(error) }, 'signed out here; the identity server cannot be told')
    return undefined
  }
}
