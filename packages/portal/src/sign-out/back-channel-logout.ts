import type { Portal, Request } from '../context.ts'
import { errorSummary } from '../provider/error-summary.ts'
import { endByLogout, type Logout } from '../sessions/store.ts'
import { readLogoutToken } from './logout-token.ts'

/** The provider tells of a logout, from server to server: no cookie, no Origin, the signature is everything (Back-Channel Logout 1.0, 2.5 to 2.8). */
export async function backChannelLogout(portal: Portal, c: Request): Promise<Response> {
  const tokens = new URLSearchParams(await c.req.text()).getAll('logout_token')
  const token = tokens[0]
  if (token === undefined || tokens.length > 1) return refuse(c)
  const logout = await verified(portal, c, token)
  if (logout === undefined) return refuse(c)
  const ended = await portal.db.inTurn((tx) => endByLogout(tx, logout, portal.now()))
  if (ended === 'replayed') return refuse(c)
  c.var.log.info({ ended }, 'sessions ended by the identity server')
  return c.body(null, 200)
}

async function verified(portal: Portal, c: Request, token: string): Promise<Logout | undefined> {
  try {
    return await readLogoutToken(portal, token)
  } catch (error) {
    c.var.log.warn({ error: errorSummary(error) }, 'a logout token was refused')
    return undefined
  }
}

function refuse(c: Request): Response {
  return c.json({ error: 'invalid_request' }, 400)
}
