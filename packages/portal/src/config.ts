import type { Logger } from 'pino'
import { z } from 'zod'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])
const DEFAULT_PORT = 8082

/** Plain http is for this machine alone: everything else that a browser sees is https. */
function isSafe(address: string): boolean {
  const url = new URL(address)
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))
}

function isOrigin(address: string): boolean {
  const url = new URL(address)
  return url.pathname === '/' && !/[?#@]/.test(address)
}

/** A browser takes whichever of localhost's two addresses answers: both have to be ours. */
function addressesOf(host: string | string[]): string[] {
  if (host === 'localhost') return ['127.0.0.1', '::1']
  return typeof host === 'string' ? [host] : host
}

const anyAddress = z.url({ protocol: /^https?$/ })
const safeAddress = anyAddress.refine(isSafe, 'has to be https, or http on this machine')
const port = z.int().min(1).max(65_535)

/** What counts requests where the portal runs. @param route the route's pattern, or `none` @param seconds until the answer was there */
type CountRequest = (method: string, route: string, status: number, seconds: number) => void

const portalConfig = z.strictObject({
  /** The portal's own origin, as browsers see it: all its links are built from this and from nothing that a request says. */
  publicUrl: safeAddress
    .refine(isOrigin, 'has to be an origin, without path, query or user')
    .transform((address) => new URL(address).origin),
  /** Addresses to listen on; `localhost` is both of its addresses. One that this machine does not have is passed over, as long as one is left. */
  host: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .default('localhost')
    .transform(addressesOf),
  port: port.default(DEFAULT_PORT),
  /** The issuer identifier, compared by simple string comparison (OpenID Connect Discovery 1.0, 4.3). */
  issuer: safeAddress,
  /** Where requests from server to server go instead of the issuer's origin; the network in between has to be trusted where it is http. */
  internalIssuerUrl: anyAddress.optional(),
  clientId: z.string().min(1).default('portal'),
  /** The client's private key as it is now: a JWK, EC P-256 (ES256). Asked for at every use. */
  clientKey: z.custom<() => Promise<JsonWebKey>>((value) => typeof value === 'function', 'has to be a function'),
  /** `My account` at the login origin. */
  accountUrl: safeAddress,
  databaseFile: z.string().min(1),
  /** A PostgreSQL database instead of the file: several instances share it. */
  databaseUrl: z.string().startsWith('postgres').optional(),
  /** Milliseconds since 1970, UTC. */
  now: z.custom<() => number>((value) => typeof value === 'function', 'has to be a function').default(() => Date.now),
  countRequest: z.custom<CountRequest>((value) => typeof value === 'function', 'has to be a function').default(() => () => undefined),
  log: z.custom<Logger>((value) => typeof value === 'object' && value !== null && 'child' in value, 'has to be a logger'),
})

export type PortalConfig = z.output<typeof portalConfig>

/** Checks settings and fills in what has a default. Throws an Error that names every wrong setting, and no value. */
export function parsePortalConfig(settings: unknown): PortalConfig {
  const parsed = portalConfig.safeParse(settings)
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'settings'}: ${issue.message}`)
  throw new Error(`The portal's settings cannot be used: ${wrong.join('; ')}.`)
}
