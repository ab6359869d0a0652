import { record } from '../../audit/record.ts'
import type { Caller, Context } from '../../context.ts'
import { drawId } from '../../ids.ts'
import { sealSecret } from './clients.ts'
import { AddressRefused, checkAddress, isLoopbackUrl } from './fetch-safely.ts'
import { type Acr, PORTAL } from './rules.ts'

const SECRET_BYTES = 32
const CLIENT_ID = /^[\x21-\x7e]{1,100}$/
/** People read the name on pages, administrators in a terminal. */
const NAME = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,100}$/u

/** A public key of a client, as a JWK. */
export type ClientKey = Readonly<Record<string, unknown>> & { kty: 'EC' | 'RSA' | 'OKP' }
export type ClientAuthentication =
  | { method: 'private_key_jwt'; keys: readonly ClientKey[] }
  | { method: 'client_secret_basic' }
  | { method: 'client_secret_post' }
  /** A program in other people's hands, which can keep no secret. */
  | { method: 'none' }

export type RelyingPartyWish = {
  clientId: string
  /** As people read it. */
  name: string
  redirectUris: readonly string[]
  postLogoutRedirectUris: readonly string[]
  authentication: ClientAuthentication
  backChannelLogoutUri?: string | undefined
  /** Tokens that outlive the session, for `offline_access`. */
  refreshTokens?: boolean | undefined
  idTokenAlgorithm?: 'RS256' | 'ES256' | undefined
  /** Held to these whatever it asks for. */
  requiredAcr?: Acr | undefined
  allowedKinds?: readonly string[] | undefined
  freshnessMs?: number | undefined
}

export type RelyingPartySetting =
  | 'clientId'
  | 'name'
  | 'redirectUris'
  | 'postLogoutRedirectUris'
  | 'authentication'
  | 'backChannelLogoutUri'
export type Registered =
  /** The secret is there this once. */
  { outcome: 'registered'; clientId: string; clientSecret: string | undefined } | { outcome: 'name-taken' } | Refused
export type Refused = { outcome: 'refused'; setting: RelyingPartySetting }

/** Registers a relying party. What is wrong with it is said by the setting's name. */
export async function registerRelyingParty(ctx: Context, by: Caller, wish: RelyingPartyWish): Promise<Registered> {
  const setting = await wrongSetting(ctx, wish)
  if (setting !== undefined) return { outcome: 'refused', setting }
  const id = drawId('rpy', ctx.random)
  const secret = keepsSecret(wish) ? drawSecret(ctx) : undefined
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const added = await tx
      .insertInto('relying_parties')
      .values({
        id,
        client_id: wish.clientId,
        ...columnsOf(wish),
        sealed_secret: secret === undefined ? null : sealSecret(ctx, id, secret),
        state: 'active',
        created_at: at,
      })
      .onConflict((conflict) => conflict.columns(['realm_id', 'client_id']).doNothing())
      .returning('id')
      .executeTakeFirst()
    const outcome = added === undefined ? 'name-taken' : 'registered'
    await record(ctx, tx, { at, action: 'federation.register-relying-party', outcome, subject: undefined, object: id, by })
    return outcome === 'registered' ? { outcome, clientId: wish.clientId, clientSecret: secret } : { outcome }
  })
}

/** What is wrong with it, if anything is. */
export async function wrongSetting(ctx: Context, wish: RelyingPartyWish): Promise<RelyingPartySetting | undefined> {
  return wrongByItself(wish) ?? (await wrongBackChannel(ctx, wish))
}

export function keepsSecret({ authentication }: Pick<RelyingPartyWish, 'authentication'>): boolean {
  return authentication.method.startsWith('client_secret')
}

export function drawSecret(ctx: Context): string {
  return Buffer.from(ctx.random(SECRET_BYTES)).toString('base64url')
}

/** What of its row a wish decides. */
export function columnsOf(wish: RelyingPartyWish) {
  return {
    name: wish.name,
    metadata: JSON.stringify(metadataOf(wish)),
    required_acr: wish.requiredAcr ?? null,
    allowed_kinds: wish.allowedKinds?.join(' ') ?? null,
    freshness_ms: wish.freshnessMs ?? null,
  }
}

/** Client metadata (OpenID Connect Dynamic Client Registration 1.0, 2), as the library reads it. */
export function metadataOf(wish: RelyingPartyWish) {
  const { authentication, backChannelLogoutUri } = wish
  return {
    application_type: 'web',
    redirect_uris: wish.redirectUris,
    post_logout_redirect_uris: wish.postLogoutRedirectUris,
    grant_types: wish.refreshTokens === true ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
    id_token_signed_response_alg: wish.idTokenAlgorithm ?? 'RS256',
    token_endpoint_auth_method: authentication.method,
    ...(authentication.method === 'private_key_jwt' ? { jwks: { keys: authentication.keys } } : {}),
    ...(backChannelLogoutUri === undefined
      ? {}
      : { backchannel_logout_uri: backChannelLogoutUri, backchannel_logout_session_required: true }),
  }
}

function wrongByItself(wish: RelyingPartyWish): RelyingPartySetting | undefined {
  if (!CLIENT_ID.test(wish.clientId) || wish.clientId === PORTAL) return 'clientId'
  if (wish.name.trim() === '' || !NAME.test(wish.name)) return 'name'
  if (wish.redirectUris.length === 0 || !wish.redirectUris.every((uri) => isSafeUri(uri))) return 'redirectUris'
  if (!wish.postLogoutRedirectUris.every((uri) => isSafeUri(uri))) return 'postLogoutRedirectUris'
  return isUsable(wish.authentication) ? undefined : 'authentication'
}

/** https, or this machine itself (RFC 8252, 7.3); whole, and meaning nothing but itself. */
export function isSafeUri(text: string): boolean {
  if (!URL.canParse(text) || /[*\s\\#]/.test(text)) return false
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackUrl(text))
}

/** Public keys only: a private or a shared one would stand in our database, and sign for the client. */
function isUsable(authentication: ClientAuthentication): boolean {
  if (authentication.method !== 'private_key_jwt') return true
  const { keys } = authentication
  return keys.length > 0 && keys.every((key) => ['EC', 'RSA', 'OKP'].includes(key.kty) && !('d' in key) && !('k' in key))
}

/** What its name stands for may change: every delivery looks again. A name that stands for nothing yet is let through. */
async function wrongBackChannel(ctx: Context, wish: RelyingPartyWish): Promise<RelyingPartySetting | undefined> {
  const { backChannelLogoutUri: uri } = wish
  if (uri === undefined) return undefined
  if (!isSafeUri(uri)) return 'backChannelLogoutUri'
  try {
    await checkAddress(ctx.config, new URL(uri))
    return undefined
  } catch (error) {
    return error instanceof AddressRefused ? 'backChannelLogoutUri' : undefined
  }
}
