import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parsePortalConfig } from '../src/config.ts'
import { startPortal } from '../src/main.ts'
import { type IdentityServer, startIdentityServer } from './identity-server.ts'
import { freePort } from './portal-under-test.ts'

/** The portal behind something that ends TLS: its public URL is https, and the provider is asked by an internal address. */
const publicUrl = 'https://portal.example.test'
const folder = mkdtempSync(join(tmpdir(), 'latchkey-portal-'))
let identityServer: IdentityServer
let portal: Awaited<ReturnType<typeof startPortal>>
let address: string

beforeAll(async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const clientKey = await exportJWK(privateKey)
  const [port, providerPort] = [await freePort(), await freePort()]
  const issuer = 'https://login.example.test'
  identityServer = await startIdentityServer({ portalUrl: publicUrl, clientKey, port: providerPort, issuer })
  address = `http://127.0.0.1:${port}`
  portal = await startPortal(
    parsePortalConfig({
      publicUrl,
      port,
      issuer,
      internalIssuerUrl: `http://127.0.0.1:${providerPort}`,
      clientKey: async () => clientKey,
      accountUrl: `${issuer}/account`,
      databaseFile: join(folder, 'portal.sqlite'),
      log: pino({ level: 'silent' }),
    }),
  )
})

afterAll(async () => {
  await portal.close()
  await identityServer.stop()
  rmSync(folder, { recursive: true })
})

test('on https cookies are bound to the host, and browsers are told to stay on https', async () => {
  const response = await fetch(`${address}/sign-in`, { redirect: 'manual' })
  expect(response.status).toBe(303)
  const [cookie = ''] = response.headers.getSetCookie()
  expect(cookie).toMatch(/^__Host-latchkey_portal_browser=/)
  for (const attribute of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Lax']) expect(cookie).toContain(attribute)
  expect(cookie).not.toContain('Domain')
  expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000')
})

test('requests from server to server go to the internal address, browsers to the public one', async () => {
  const response = await fetch(`${address}/sign-in`, { redirect: 'manual' })
  expect(new URL(response.headers.get('location') ?? '').origin).toBe('https://login.example.test')
})

test('the database is for its owner alone', () => {
  expect(statSync(join(folder, 'portal.sqlite')).mode & 0o077).toBe(0)
})

test('a port that is taken is an error, not a portal that nobody reaches', async () => {
  const taken = Number(new URL(address).port)
  const settings = { publicUrl, port: taken, issuer: 'https://login.example.test', clientKey: async () => ({}) }
  const config = parsePortalConfig({
    ...settings,
    accountUrl: publicUrl,
    databaseFile: join(folder, 'other.sqlite'),
    log: pino({ level: 'silent' }),
  })
  await expect(startPortal(config)).rejects.toThrow('EADDRINUSE')
})
