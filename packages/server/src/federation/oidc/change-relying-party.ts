import type { Selectable } from 'kysely'
import { record } from '../../audit/record.ts'
import type { Caller, Context } from '../../context.ts'
import type { Schema } from '../../db/schema.ts'
import { sealSecret } from './clients.ts'
import {
  type ClientKey,
  columnsOf,
  drawSecret,
  keepsSecret,
  type Refused,
  type RelyingPartyWish,
  wrongSetting,
} from './register-relying-party.ts'
import { isAcr, PORTAL } from './rules.ts'

type Always = 'name' | 'redirectUris' | 'postLogoutRedirectUris' | 'refreshTokens' | 'idTokenAlgorithm'
type Sometimes = 'backChannelLogoutUri' | 'requiredAcr' | 'freshnessMs'
/** What is there takes the place of what was, `null` takes it away. How it proves who it is stays as it was registered. */
export type RelyingPartyChange = { [Setting in Always]?: RelyingPartyWish[Setting] | undefined } & {
  [Setting in Sometimes]?: RelyingPartyWish[Setting] | null
} & {
  /** For `private_key_jwt`: these instead of those that were. */
  keys?: readonly ClientKey[] | undefined
  /** For a client with a secret: the one before is worth nothing from now on. */
  newSecret?: boolean | undefined
}

export type Changed =
  /** A new secret is there this once. */
  | { outcome: 'changed'; clientSecret: string | undefined }
  | { outcome: 'no-such-relying-party' | 'is-portal' | 'changed-meanwhile' }
  | Refused

type Row = Selectable<Schema['relying_parties']>
type Kept = {
  redirect_uris: readonly string[]
  post_logout_redirect_uris: readonly string[]
  grant_types: readonly string[]
  id_token_signed_response_alg: 'RS256' | 'ES256'
  token_endpoint_auth_method: RelyingPartyWish['authentication']['method']
  jwks?: { keys: readonly ClientKey[] }
  backchannel_logout_uri?: string
}

/** Changes a relying party; what it was given stays good. What is wrong with it then is said by the setting's name. */
export async function changeRelyingParty(ctx: Context, by: Caller, clientId: string, change: RelyingPartyChange): Promise<Changed> {
  if (clientId === PORTAL) return { outcome: 'is-portal' }
  const row = await ctx.db.read.selectFrom('relying_parties').selectAll().where('client_id', '=', clientId).executeTakeFirst()
  if (row === undefined) return { outcome: 'no-such-relying-party' }
  const kept = JSON.parse(row.metadata) as Kept
  const { keys, newSecret = false } = change
  const was = wishOf(row, kept)
  const wish: RelyingPartyWish = {
    ...was,
    name: change.name ?? was.name,
    redirectUris: change.redirectUris ?? was.redirectUris,
    postLogoutRedirectUris: change.postLogoutRedirectUris ?? was.postLogoutRedirectUris,
    idTokenAlgorithm: change.idTokenAlgorithm ?? was.idTokenAlgorithm,
    refreshTokens: change.refreshTokens ?? was.refreshTokens,
    backChannelLogoutUri: instead(was.backChannelLogoutUri, change.backChannelLogoutUri),
    requiredAcr: instead(was.requiredAcr, change.requiredAcr),
    freshnessMs: instead(was.freshnessMs, change.freshnessMs),
    authentication: keys === undefined ? was.authentication : { method: 'private_key_jwt', keys },
  }
  const misplaced = (keys !== undefined && was.authentication.method !== 'private_key_jwt') || (newSecret && !keepsSecret(was))
  // What a host's name stands for may have changed since: whoever changes something else is not stopped by that.
  const judged = typeof change.backChannelLogoutUri === 'string' ? wish : { ...wish, backChannelLogoutUri: undefined }
  const setting = misplaced ? 'authentication' : await wrongSetting(ctx, judged)
  if (setting !== undefined) return { outcome: 'refused', setting }
  const secret = newSecret ? drawSecret(ctx) : undefined
  return ctx.db.transaction(async (tx) => {
    const changed = await tx
      .updateTable('relying_parties')
      .set(columnsOf(wish))
      .$if(secret !== undefined, (update) => update.set({ sealed_secret: sealSecret(ctx, row.id, secret ?? '') }))
      .where('id', '=', row.id)
      // It is as it was read.
      .where('name', '=', row.name)
      .where('metadata', '=', row.metadata)
      .where('required_acr', 'is not distinct from', row.required_acr)
      .where('freshness_ms', 'is not distinct from', row.freshness_ms)
      .where('sealed_secret', 'is not distinct from', row.sealed_secret)
      .returning('id')
      .executeTakeFirst()
    if (changed === undefined) return { outcome: 'changed-meanwhile' }
    const outcome = secret === undefined ? 'changed' : 'secret-replaced'
    const event = { action: 'federation.change-relying-party', outcome, subject: undefined, object: row.id }
    await record(ctx, tx, { at: ctx.now(), ...event, by })
    return { outcome: 'changed', clientSecret: secret }
  })
}

function instead<T>(was: T | undefined, changed: T | null | undefined): T | undefined {
  return changed === undefined ? was : (changed ?? undefined)
}

/** The wish that would register it as it is. */
function wishOf(row: Row, kept: Kept): RelyingPartyWish {
  const { token_endpoint_auth_method: method } = kept
  return {
    clientId: row.client_id,
    name: row.name,
    redirectUris: kept.redirect_uris,
    postLogoutRedirectUris: kept.post_logout_redirect_uris,
    authentication: method === 'private_key_jwt' ? { method, keys: kept.jwks?.keys ?? [] } : { method },
    backChannelLogoutUri: kept.backchannel_logout_uri,
    refreshTokens: kept.grant_types.includes('refresh_token'),
    idTokenAlgorithm: kept.id_token_signed_response_alg,
    requiredAcr: row.required_acr !== null && isAcr(row.required_acr) ? row.required_acr : undefined,
    allowedKinds: row.allowed_kinds?.split(' ').filter((kind) => kind !== ''),
    freshnessMs: row.freshness_ms ?? undefined,
  }
}
