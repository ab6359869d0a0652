import { createRemoteJWKSet, type JWTVerifyGetKey, customFetch as keyFetch } from 'jose'
import * as openid from 'openid-client'
import { z } from 'zod'
import type { PortalConfig } from '../config.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../sessions/rules.ts'
import { errorSummary } from './error-summary.ts'

const TIMEOUT_SECONDS = 5
const KEYS_COOLDOWN_MS = 10_000
const METADATA_MAX_AGE_MS = 3_600_000

const privateJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string().optional(),
})

type Discovered = { configuration: openid.Configuration; keys: JWTVerifyGetKey; at: number }

/** The identity server as the portal knows it: what its discovery document says, fetched when first needed and again while that fails. */
export class Provider {
  readonly #config: PortalConfig
  #discovered: Discovered | undefined
  #underWay: Promise<Discovered> | undefined

  /** Asks nothing of the network. */
  constructor(config: PortalConfig) {
    this.#config = config
  }

  /** What the discovery document says; renewed behind one's back every hour. Throws while it was never reached. */
  async discover(): Promise<{ configuration: openid.Configuration; keys: JWTVerifyGetKey }> {
    const known = this.#discovered
    if (known !== undefined && Math.abs(this.#config.now() - known.at) < METADATA_MAX_AGE_MS) return known
    this.#underWay ??= this.#fetchMetadata().finally(() => {
      this.#underWay = undefined
    })
    if (known === undefined) return this.#underWay
    this.#underWay.catch((error: unknown) =>
      this.#config.log.warn({ error: errorSummary(error) }, 'the discovery document could not be renewed'),
    )
    return known
  }

  async #fetchMetadata(): Promise<Discovered> {
    const { issuer, clientId } = this.#config
    const insecure = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : []
    const metadata = { [openid.clockTolerance]: CLOCK_TOLERANCE_SECONDS }
    const configuration = await openid.discovery(new URL(issuer), clientId, metadata, this.#authenticate, {
      execute: [openid.enableNonRepudiationChecks, ...insecure],
      timeout: TIMEOUT_SECONDS,
      [openid.customFetch]: (url, options) => fetch(this.#route(url), fetchOptions(options)),
    })
    const { jwks_uri: address, issuer: found } = configuration.serverMetadata()
    if (found !== issuer) throw new Error('The discovery document names another issuer.')
    // Throws for a document without a usable authorization endpoint: a broken document is found here, not in the middle of a sign-in.
    openid.buildAuthorizationUrl(configuration, {})
    if (address === undefined) throw new Error('The discovery document names no keys.')
    this.#discovered = { configuration, keys: this.#keysAt(address), at: this.#config.now() }
    return this.#discovered
  }

  /** With the key of this moment; the library waits for it. */
  readonly #authenticate = async (...request: Parameters<openid.ClientAuth>): Promise<void> => {
    const parsed = privateJwk.safeParse(await this.#config.clientKey())
    if (!parsed.success) throw new Error('The client has no private key of the kind EC P-256, as a JWK.')
    const { kid, ...jwk } = parsed.data
    const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
    await openid.PrivateKeyJwt(kid === undefined ? key : { key, kid })(...request)
  }

  /** Fetches keys when one is unknown, so that a new key works at once; forged key names cause one fetch in ten seconds. */
  #keysAt(address: string): JWTVerifyGetKey {
    return createRemoteJWKSet(new URL(address), {
      cooldownDuration: KEYS_COOLDOWN_MS,
      timeoutDuration: TIMEOUT_SECONDS * 1000,
      [keyFetch]: (url, options) => fetch(this.#route(url), options),
    })
  }

  /** The address that a request from server to server goes to. */
  #route(address: string): string {
    const { issuer, internalIssuerUrl } = this.#config
    const url = new URL(address)
    if (internalIssuerUrl === undefined || url.origin !== new URL(issuer).origin) return address
    return new URL(url.pathname + url.search, internalIssuerUrl).href
  }
}

function fetchOptions({ body, headers, method, redirect, signal }: openid.CustomFetchOptions): RequestInit {
  return { headers, method, redirect, body: bodyOf(body), ...(signal === undefined ? {} : { signal }) }
}

/** The library sends forms only. */
function bodyOf(body: openid.FetchBody): string | null {
  return body === undefined || body === null ? null : String(body)
}
