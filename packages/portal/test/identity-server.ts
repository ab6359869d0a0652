import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { interactionPolicy, Provider as OpenIdProvider } from 'oidc-provider'
import { ONE_FACTOR, TWO_FACTORS } from '../src/sessions/rules.ts'

/** Who signs in next and how: the test's hand in place of the person's. */
type Hand = {
  subject: string
  name: string
  /** Answers with one factor whatever was asked for. */
  ignoreAcr: boolean
  /** Answers the next interaction with this error. */
  error: string | undefined
  /** Runs before a code is redeemed. */
  beforeToken: (() => Promise<void>) | undefined
  /** Changes the JSON that the provider answers at a path. */
  alter: ((path: string, body: Record<string, unknown>) => void) | undefined
}

export type IdentityServer = {
  issuer: string
  hand: Hand
  signingKey: JWK
  /** Stops answering, and answers again at the same address. */
  stop: () => Promise<void>
  start: () => Promise<void>
  /** Replaces the signing key by a new one; the old one verifies no more. */
  rotate: () => Promise<void>
}

/** `issuer` is given where the provider stands behind something that ends TLS. */
type Setup = { portalUrl: string; clientKey: JWK; port: number; issuer?: string }

async function newKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' }
}

function listenOn(port: number, handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(handler)
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
}

/** A real OpenID provider over HTTP, in memory, where the hand signs in by itself. */
export async function startIdentityServer(setup: Setup): Promise<IdentityServer> {
  const issuer = setup.issuer ?? `http://127.0.0.1:${setup.port}`
  const hand: Hand = { subject: 'usr_alice', name: 'Alice', ignoreAcr: false, error: undefined, beforeToken: undefined, alter: undefined }
  let server: Server | undefined
  let handler = await newProvider(setup, issuer, hand, await newKey('key-1'))
  const identityServer: IdentityServer = {
    issuer,
    hand,
    signingKey: handler.signingKey,
    start: async () => {
      server = await listenOn(setup.port, (request, response) => void handler.answer(request, response))
    },
    stop: () =>
      new Promise((resolve) => {
        if (server === undefined) return resolve()
        server.close(() => resolve())
        server.closeAllConnections()
        server = undefined
      }),
    rotate: async () => {
      handler = await newProvider(setup, issuer, hand, await newKey('key-2'))
      identityServer.signingKey = handler.signingKey
    },
  }
  await identityServer.start()
  return identityServer
}

type Handler = { signingKey: JWK; answer: (request: IncomingMessage, response: ServerResponse) => Promise<void> }

async function newProvider(setup: Setup, issuer: string, hand: Hand, signingKey: JWK): Promise<Handler> {
  const provider = new OpenIdProvider(issuer, {
    clients: [clientOf(setup)],
    jwks: { keys: [signingKey] },
    acrValues: [ONE_FACTOR, TWO_FACTORS],
    claims: { openid: ['sub'], profile: ['name', 'zoneinfo'] },
    cookies: { keys: ['a key of this test'] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'], clientAuthSigningAlgValues: ['ES256'] },
    interactions: { policy: stepUpPolicy(hand), url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, name: hand.name, zoneinfo: 'Europe/Zurich' }) }),
    // The provider's own guard against addresses like 127.0.0.1 stays out of its way here.
    fetch: (url, { method = 'GET', headers = {}, body = null } = {}) => fetch(url, { method, headers, body }),
    renderError: (ctx, out) => {
      ctx.type = 'text'
      ctx.body = JSON.stringify(out)
    },
  })
  provider.use(async (ctx, next) => {
    await next()
    if (typeof ctx.body === 'object' && ctx.body !== null && ctx.type === 'application/json') hand.alter?.(ctx.path, ctx.body)
  })
  provider.proxy = setup.issuer !== undefined
  const callback = provider.callback()
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (setup.issuer !== undefined) stateOrigin(request, setup.issuer)
    if (request.url === '/token') await hand.beforeToken?.()
    if (request.url?.startsWith('/interaction/')) await interact(provider, hand, request, response)
    else await callback(request, response)
  }
  return { signingKey, answer }
}

/** As a proxy in front would: the provider's own addresses are public ones, whatever address it was asked by. */
function stateOrigin(request: IncomingMessage, issuer: string): void {
  const { host, protocol } = new URL(issuer)
  request.headers['x-forwarded-host'] = host
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
}

function clientOf({ portalUrl, clientKey }: Setup) {
  const { d: _, ...publicKey } = clientKey
  return {
    client_id: 'portal',
    token_endpoint_auth_method: 'private_key_jwt' as const,
    token_endpoint_auth_signing_alg: 'ES256' as const,
    jwks: { keys: [publicKey] },
    id_token_signed_response_alg: 'ES256' as const,
    redirect_uris: [`${portalUrl}/callback`],
    post_logout_redirect_uris: [`${portalUrl}/`],
    backchannel_logout_uri: `${portalUrl}/backchannel-logout`,
    backchannel_logout_session_required: true,
    require_auth_time: true,
  }
}

/** Asks again where two factors are wanted and the session has one. */
function stepUpPolicy(hand: Hand) {
  const policy = interactionPolicy.base()
  const { Check } = interactionPolicy
  policy.get('login')?.checks.add(
    new Check('acr', 'a second factor is wanted', ({ oidc }) => {
      const wanted = String(oidc.params?.acr_values ?? '')
        .split(' ')
        .includes(TWO_FACTORS)
      const missing = wanted && oidc.session?.acr !== TWO_FACTORS && !hand.ignoreAcr
      return missing ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT
    }),
  )
  return policy
}

async function interact(provider: OpenIdProvider, hand: Hand, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, grantId } = await provider.interactionDetails(request, response)
  if (hand.error !== undefined) {
    const error = hand.error
    hand.error = undefined
    return provider.interactionFinished(request, response, { error, error_description: 'said by the test' })
  }
  if (prompt.name === 'login') {
    const acr = params.acr_values === TWO_FACTORS && !hand.ignoreAcr ? TWO_FACTORS : ONE_FACTOR
    return provider.interactionFinished(request, response, { login: { accountId: hand.subject, acr } })
  }
  const grant =
    grantId === undefined ? new provider.Grant({ accountId: hand.subject, clientId: 'portal' }) : await provider.Grant.find(grantId)
  grant?.addOIDCScope('openid profile')
  const saved = await grant?.save()
  return provider.interactionFinished(
    request,
    response,
    { consent: saved === undefined ? {} : { grantId: saved } },
    { mergeWithLastSubmission: true },
  )
}
