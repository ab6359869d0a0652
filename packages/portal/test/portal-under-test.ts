import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, importJWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import { pino } from 'pino'
import { vi } from 'vitest'
import { parsePortalConfig } from '../src/config.ts'
import { startPortal } from '../src/main.ts'
import { Browser, type Visit } from './browser.ts'
import { type IdentityServer, startIdentityServer } from './identity-server.ts'

export type UnderTest = {
  portalUrl: string
  accountUrl: string
  identityServer: IdentityServer
  databaseFile: string
  log: string[]
  /** Stops the portal and starts it again over the same database; with other settings, if there are any. */
  restart: (changed?: { issuer: string }) => Promise<void>
  /** A second identity server, at which the portal is registered too, and everybody has the same `sub`. */
  startAnother: () => Promise<IdentityServer>
  close: () => Promise<void>
}

export const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

export function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** The portal and an identity server, both over HTTP, with one clock that stands still unless a test moves it. */
export async function startAll(): Promise<UnderTest> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2031, 4, 6, 9, 30) })
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-portal-'))
  const port = await freePort()
  const portalUrl = `http://localhost:${port}`
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const clientKey = { ...(await exportJWK(privateKey)), kid: 'client-1' }
  const privateKeyFile = join(folder, 'client.jwk')
  writeFileSync(privateKeyFile, JSON.stringify(clientKey))
  const identityServer = await startIdentityServer({ portalUrl, clientKey, port: await freePort() })
  const accountUrl = `${identityServer.issuer}/account`
  const log: string[] = []
  const databaseFile = join(folder, 'portal.sqlite')
  const others: IdentityServer[] = []
  const start = (changed = {}) =>
    startPortal(
      parsePortalConfig({
        publicUrl: portalUrl,
        port,
        issuer: identityServer.issuer,
        privateKeyFile,
        accountUrl,
        databaseFile,
        log: pino({ level: 'trace' }, { write: (line) => void log.push(line) }),
        ...changed,
      }),
    )
  let portal = await start()
  return {
    portalUrl,
    accountUrl,
    identityServer,
    databaseFile,
    log,
    restart: async (changed) => {
      await portal.close()
      portal = await start(changed)
    },
    startAnother: async () => {
      const other = await startIdentityServer({ portalUrl, clientKey, port: await freePort() })
      others.push(other)
      return other
    },
    close: async () => {
      await portal.close()
      for (const server of [identityServer, ...others]) await server.stop()
      rmSync(folder, { recursive: true })
      vi.useRealTimers()
    },
  }
}

export function moveClock(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

export async function signedIn({ portalUrl }: UnderTest): Promise<Browser> {
  const browser = new Browser()
  const visit = await browser.open(`${portalUrl}/sign-in`)
  if (visit.url.pathname !== '/dashboard') throw new Error(`not signed in, but ${visit.status} at ${visit.url}: ${visit.body}`)
  return browser
}

/** Walks to the provider's answer without handing it in. */
export async function answerOf({ portalUrl }: UnderTest, browser: Browser, path = '/sign-in'): Promise<URL> {
  const visit = await browser.open(`${portalUrl}${path}`, (url) => url.pathname === '/callback')
  return visit.url
}

/** The same, with the authorization request changed on its way. */
export async function answerToChanged(under: UnderTest, browser: Browser, change: (request: URL) => void): Promise<URL> {
  const first = await browser.request(`${under.portalUrl}/sign-in`)
  const request = new URL(first.headers.get('location') ?? '')
  change(request)
  return (await browser.open(request, (url) => url.pathname === '/callback')).url
}

export function isSignedIn({ portalUrl }: UnderTest, browser: Browser): Promise<boolean> {
  return browser.request(`${portalUrl}/dashboard`).then(({ status }) => status === 200)
}

/** A logout token as the provider would sign it. */
export function signedBy({ identityServer }: UnderTest, claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
  const { signingKey } = identityServer
  return importJWK(signingKey, 'ES256').then((key) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'logout+jwt', kid: signingKey.kid ?? '', ...header }).sign(key),
  )
}

export function alertOf({ body }: Visit): string | undefined {
  return /role="alert"[\s\S]*?<div>([^<]*)<\/div>/.exec(body)?.[1]
}
