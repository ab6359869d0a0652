import type { Context } from '../../context.ts'
import { drawId } from '../../ids.ts'
import { metadataOf } from './register-relying-party.ts'
import { PORTAL } from './rules.ts'

/** Registers the certificate portal, or brings it up to date with its address. Its keys are ours (`signing-keys`). */
export async function ensurePortal(ctx: Context, { publicUrl }: { publicUrl: string }): Promise<void> {
  const metadata = metadataOf({
    clientId: PORTAL,
    name: 'Certificates',
    redirectUris: [`${publicUrl}/callback`],
    postLogoutRedirectUris: [`${publicUrl}/`],
    authentication: { method: 'private_key_jwt', keys: [] },
    backChannelLogoutUri: `${publicUrl}/backchannel-logout`,
    idTokenAlgorithm: 'ES256',
  })
  const content = { name: 'Certificates', metadata: JSON.stringify({ ...metadata, token_endpoint_auth_signing_alg: 'ES256' }) }
  const policy = { required_acr: null, allowed_kinds: null, freshness_ms: null }
  await ctx.db.transaction((tx) =>
    tx
      .insertInto('relying_parties')
      .values({ id: drawId('rpy', ctx.random), client_id: PORTAL, ...content, ...policy, state: 'active', created_at: ctx.now() })
      .onConflict((conflict) => conflict.columns(['realm_id', 'client_id']).doUpdateSet(content))
      .execute(),
  )
}
