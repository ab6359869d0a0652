import type { Context } from '../../context.ts'
import type { metadataOf } from './register-relying-party.ts'

/** `freshnessMs` and `createdAt` in milliseconds. */
export type ListedRelyingParty = {
  clientId: string
  name: string
  redirectUris: readonly string[]
  postLogoutRedirectUris: readonly string[]
  authentication: string
  backChannelLogoutUri: string | undefined
  requiredAcr: string | undefined
  freshnessMs: number | undefined
  createdAt: number
}

/** Every relying party, by its client id. No secret is in it. */
export async function listRelyingParties(ctx: Context): Promise<ListedRelyingParty[]> {
  const rows = await ctx.db.read
    .selectFrom('relying_parties')
    .select(['client_id', 'name', 'metadata', 'required_acr', 'freshness_ms', 'created_at'])
    .orderBy('client_id')
    .execute()
  return rows.map(({ client_id: clientId, name, metadata, required_acr, freshness_ms, created_at: createdAt }) => {
    const kept = JSON.parse(metadata) as ReturnType<typeof metadataOf>
    return {
      clientId,
      name,
      redirectUris: kept.redirect_uris,
      postLogoutRedirectUris: kept.post_logout_redirect_uris,
      authentication: kept.token_endpoint_auth_method,
      backChannelLogoutUri: 'backchannel_logout_uri' in kept ? kept.backchannel_logout_uri : undefined,
      requiredAcr: required_acr ?? undefined,
      freshnessMs: freshness_ms ?? undefined,
      createdAt,
    }
  })
}
