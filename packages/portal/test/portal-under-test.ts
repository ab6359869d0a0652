import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import pg from 'pg'
import { pino } from 'pino'
import { vi } from 'vitest'
import { makeDatabase } from '../../server/test/world.ts'
import { parsePortalConfig } from '../src/config.ts'
import { startPortal } from '../src/main.ts'
import { Browser, type Visit } from './browser.ts'
import { type IdentityServer, startIdentityServer } from './identity-server.ts'
import { startRoundRobin } from './round-robin.ts'

export type UnderTest = {
  portalUrl: string
  accountUrl: string
  identityServer: IdentityServer
  /** Rows of the portal's database, as they stand there. */
  rows: (table: string) => Promise<Record<string, unknown>[]>
  log: string[]
  clientKey: () => JWK
  /** The client's key from now on. */
  useKey: (key: JWK) => void
  /** Stops the portal and starts it again over the same database; with other settings, if there are any. */
  restart: (changed?: { issuer: string }) => Promise<void>
  /** A second identity server, at which the portal is registered too, and everybody has the same `sub`. */
  startAnother: () => Promise<IdentityServer>
  close: () => Promise<void>
}

/** How the portal runs: what holds for the one has to hold for the other. */
export const WAYS = ['alone, with a file', 'as two instances in turn, with PostgreSQL'] as const

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
export async function startAll(way: (typeof WAYS)[number] = WAYS[0]): Promise<UnderTest> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2031, 4, 6, 9, 30) })
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-portal-'))
  const port = await freePort()
  const portalUrl = `http://localhost:${port}`
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const clientKey = { ...(await exportJWK(privateKey)), kid: 'client-1' }
  const shared = way === WAYS[0] ? undefined : await makeDatabase()
  const ports = shared === undefined ? [port] : [await freePort(), await freePort()]
  const balancer = shared === undefined ? undefined : await startRoundRobin(port, ports)
  const identityServer = await startIdentityServer({ portalUrl, clientKey, port: await freePort() })
  const accountUrl = `${identityServer.issuer}/account`
  let currentKey: JWK = clientKey
  const log: string[] = []
  const databaseFile = join(folder, 'portal.sqlite')
  const others: IdentityServer[] = []
  const startAt = (at: number, changed = {}) =>
    startPortal(
      parsePortalConfig({
        publicUrl: portalUrl,
        port: at,
        issuer: identityServer.issuer,
        clientKey: async () => currentKey,
        accountUrl,
        databaseFile,
        databaseUrl: shared?.url,
        log: pino({ level: 'trace' }, { write: (line) => void log.push(line) }),
        ...changed,
      }),
    )
  const start = (changed = {}) => Promise.all(ports.map((at) => startAt(at, changed)))
  const stop = () => Promise.all(portals.map(({ close }) => close()))
  let portals = await start()
  return {
    portalUrl,
    accountUrl,
    identityServer,
    rows: (table) => (shared === undefined ? rowsOfFile(databaseFile, table) : rowsOf(shared.url, table)),
    log,
    clientKey: () => currentKey,
    useKey: (key) => {
      currentKey = key
    },
    restart: async (changed) => {
      await stop()
      portals = await start(changed)
    },
    startAnother: async () => {
      const other = await startIdentityServer({ portalUrl, clientKey, port: await freePort() })
      others.push(other)
      return other
    },
    close: async () => {
      await stop()
      await balancer?.close()
      await shared?.drop()
      for (const server of [identityServer, ...others]) await server.stop()
      rmSync(folder, { recursive: true })
      vi.useRealTimers()
    },
  }
}

async function rowsOfFile(file: string, table: string): Promise<Record<string, unknown>[]> {
  const db = new DatabaseSync(file, { readOnly: true })
  const rows = db.prepare(`SELECT * FROM ${table}`).all()
  db.close()
  return rows
}

async function rowsOf(connectionString: string, table: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM ${table}`)
  await client.end()
  return rows
}

export function moveClock(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

export async function signedIn({ portalUrl }: UnderTest): Promise<Browser> {
  moveClock(1)
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
