import Provider, { type Configuration, type JWKS } from 'oidc-provider'
import type { Context } from '../../context.ts'
import type { SigningKeys } from '../../signing-keys/open-signing-keys.ts'
import { openAdapter } from './adapter.ts'
import { openClients } from './clients.ts'
import { renderOidcError } from './error-page.ts'
import { fetchSafely } from './fetch-safely.ts'
import { findAccount } from './find-account.ts'
import { adoptSession, grantOf } from './follow-session.ts'
import { openPolicy } from './policy.ts'
import { ACRS } from './rules.ts'

const MINUTE_S = 60
const DAY_S = 86_400
/** Longer than the sign-in that an interaction leads to. */
const INTERACTION_S = 60 * MINUTE_S
const OFFLINE_S = 14 * DAY_S

export const ROUTES = {
  authorization: '/oidc/authorize',
  token: '/oidc/token',
  userinfo: '/oidc/userinfo',
  jwks: '/oidc/jwks',
  revocation: '/oidc/revoke',
  pushed_authorization_request: '/oidc/request',
  end_session: '/oidc/sign-out',
} as const

/** The library, set up so that only what is needed is there. */
export function configure(ctx: Context, keys: SigningKeys): Configuration {
  return {
    adapter: (model) => (model === 'Client' ? openClients(ctx) : openAdapter(ctx, model)),
    jwks: { keys: keys.tokens } as JWKS,
    cookies: cookiesOf(ctx, keys),
    routes: ROUTES,
    features: FEATURES,
    acrValues: ACRS,
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: {
      openid: ['sub', 'auth_time', 'acr', 'amr'],
      profile: ['name', 'preferred_username', 'locale', 'zoneinfo'],
      email: ['email', 'email_verified'],
      sid: null,
      iss: null,
    },
    responseTypes: ['code'],
    subjectTypes: ['public'],
    pkce: { required: () => true },
    clientAuthMethods: ['private_key_jwt', 'client_secret_basic', 'client_secret_post', 'none'],
    // No `none`, and nothing that takes a public key for a shared secret.
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'], clientAuthSigningAlgValues: ['ES256', 'RS256', 'PS256', 'EdDSA'] },
    clientBasedCORS: () => false,
    allowOmittingSingleRegisteredRedirectUri: false,
    // The documented way to look at a request before it is judged; the parameter itself means nothing.
    extraParams: { latchkey: (koa) => adoptSession(ctx, koa) },
    interactions: { policy: openPolicy(ctx), url: (_, { uid }) => `/oidc/interaction/${uid}` },
    findAccount: (_, sub) => findAccount(ctx, sub),
    loadExistingGrant: (koa) => grantOf(ctx, koa),
    rotateRefreshToken: true,
    fetch: fetchSafely(ctx.config),
    renderError: (koa, out) => renderOidcError(ctx, koa, out),
    ttl: lifetimes(ctx),
  }
}

function ownTokensOnly(_: unknown, client: { clientId: string }, token: { clientId?: string | undefined }): boolean {
  return token.clientId === client.clientId
}

const FEATURES = {
  devInteractions: { enabled: false },
  dPoP: { enabled: false },
  resourceIndicators: { enabled: false },
  backchannelLogout: { enabled: true },
  claimsParameter: { enabled: true },
  revocation: { enabled: true, allowedPolicy: ownTokensOnly },
  rpInitiatedLogout: { enabled: true },
  pushedAuthorizationRequests: { enabled: true },
}

/** `__Host-` wants the path `/`, which the library gives to the session's cookie alone. */
function cookiesOf({ config }: Context, keys: SigningKeys): NonNullable<Configuration['cookies']> {
  const secure = config.login.url.startsWith('https:')
  const [host, path] = secure ? ['__Host-', '__Secure-'] : ['', '']
  return {
    keys: keys.cookies,
    names: { session: `${host}latchkey_oidc`, interaction: interactionCookie(config.login.url), resume: `${path}latchkey_oidc_resume` },
    long: { httpOnly: true, sameSite: 'lax', path: '/' },
    short: { httpOnly: true, sameSite: 'lax' },
  }
}

/** The name of the cookie that binds an interaction to a browser. */
export function interactionCookie(loginUrl: string): string {
  return `${loginUrl.startsWith('https:') ? '__Secure-' : ''}latchkey_oidc_interaction`
}

/** In seconds. No token of a person is good for long without asking again here whether it still is. */
function lifetimes({ config }: Context): NonNullable<Configuration['ttl']> {
  return {
    AccessToken: 10 * MINUTE_S,
    AuthorizationCode: MINUTE_S,
    IdToken: 10 * MINUTE_S,
    RefreshToken: OFFLINE_S,
    Grant: OFFLINE_S,
    Interaction: INTERACTION_S,
    Session: config.session.hours * 60 * MINUTE_S,
  }
}

export function newProvider(ctx: Context, keys: SigningKeys): Provider {
  const provider = new Provider(ctx.config.login.url, configure(ctx, keys))
  // The origin that it believes in is the one that `stateOrigin` writes into each request.
  provider.proxy = true
  return provider
}
