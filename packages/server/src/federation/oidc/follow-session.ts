import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { Context } from '../../context.ts'
import { grantIdOf, loginOf, ourSession, sidOf } from './our-session.ts'
import { participations } from './store.ts'

/** Every scope and claim that there is: what a token gets of it is what its request named. */
const GRANTED = {
  scope: 'openid profile email offline_access',
  claims: ['name', 'preferred_username', 'locale', 'zoneinfo', 'email', 'email_verified'],
}

/** Before the library asks whether somebody is signed in: whoever is so with us is so there. */
export async function adoptSession(ctx: Context, koa: KoaContextWithOIDC): Promise<void> {
  const { session, route } = koa.oidc
  // Pushed requests come from programs: there is no browser to ask.
  if (route !== 'authorization' || session === undefined) return
  const ours = await ourSession(ctx, koa.req)
  if (ours === undefined || session.accountId === ours.user) return
  session.loginAccount({ ...loginOf(ours), transient: true })
}

/**
 * The grant of our session to this relying party, made if there is none. Names are derived and the content is always the same, so that
 * two tabs that do this at once agree.
 */
export async function grantOf(ctx: Context, koa: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { session, client, provider } = koa.oidc
  const ours = await ourSession(ctx, koa.req)
  if (session === undefined || client === undefined || ours === undefined || session.accountId !== ours.user) return undefined
  session.uid = ours.id
  session.ensureClientContainer(client.clientId)
  session.sidFor(client.clientId, sidOf(ctx, ours.id, client.clientId))
  const parts = (await participations(ctx, ours.id)).filter(({ clientId }) => clientId === client.clientId)
  const id = grantIdOf(ours.id, client.clientId, parts.filter(({ revoked }) => revoked).length)
  const grant = new provider.Grant({ accountId: ours.user, clientId: client.clientId })
  grant.jti = id
  grant.addOIDCScope(GRANTED.scope)
  grant.addOIDCClaims(GRANTED.claims)
  return grant
}
