import { pino } from 'pino'
import { expect, test } from 'vitest'
import { parsePortalConfig } from './config.ts'

const SETTINGS = {
  publicUrl: 'https://portal.example.test',
  issuer: 'https://login.example.test',
  clientKey: async () => ({}),
  accountUrl: 'https://login.example.test/account',
  databaseFile: 'portal.sqlite',
  log: pino({ level: 'silent' }),
}

test('what has a default need not be said', () => {
  const config = parsePortalConfig(SETTINGS)
  expect([config.host, config.port, config.clientId]).toEqual([['127.0.0.1', '::1'], 8082, 'portal'])
  expect(parsePortalConfig({ ...SETTINGS, host: '0.0.0.0' }).host).toEqual(['0.0.0.0'])
  expect(Math.abs(config.now() - Date.now())).toBeLessThan(1000)
})

test('plain http is for this machine alone', () => {
  for (const [name, address] of Object.entries({
    publicUrl: 'http://portal.example.test',
    issuer: 'http://login.example.test',
    accountUrl: 'http://localhost.example.test/account',
  })) {
    expect(() => parsePortalConfig({ ...SETTINGS, [name]: address })).toThrow(name)
  }
  for (const publicUrl of ['http://localhost:8082', 'http://127.0.0.1:8082/', 'http://[::1]:8082']) {
    expect(parsePortalConfig({ ...SETTINGS, publicUrl }).publicUrl).toBe(new URL(publicUrl).origin)
  }
})

test('the public URL is an origin', () => {
  for (const publicUrl of [
    'https://portal.example.test/path',
    'https://portal.example.test/?a',
    'https://u@portal.example.test/',
    'ftp://a',
    'javascript:alert(1)',
  ]) {
    expect(() => parsePortalConfig({ ...SETTINGS, publicUrl })).toThrow('publicUrl')
  }
})

test('a setting that nobody knows is a mistake, and no value is repeated in the error', () => {
  expect(() => parsePortalConfig({ ...SETTINGS, clientSecret: 'canary' })).toThrow(/^(?!.*canary)/)
  expect(() => parsePortalConfig({ ...SETTINGS, port: 70_000 })).toThrow('port')
  expect(() => parsePortalConfig({})).toThrow('publicUrl')
})
