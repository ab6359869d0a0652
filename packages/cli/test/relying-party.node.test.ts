import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { latchkey } from './command-line.ts'

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'latchkey-'))
const CALLBACK = ['--redirect-uri', 'https://app.example.test/callback']
const BYE = ['--post-logout-redirect-uri', 'https://app.example.test/bye']
const KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
}

/** Runs `latchkey relying-party …`: its JSON, its exit code, and how many lines standard error has. */
async function run(folder: string, ...args: string[]) {
  const environment = { LATCHKEY_DATA: join(folder, 'data'), LATCHKEY_LOGIN_URL: 'https://login.example.test' }
  const ended = await latchkey('unused', ['relying-party', ...args, '--json'], [], { environment })
  const value: unknown = ended.stdout === '' ? undefined : JSON.parse(ended.stdout)
  return { status: ended.status, value, errorLines: ended.stderr === '' ? 0 : ended.stderr.trimEnd().split('\n').length }
}
const refused = (value: object) => ({ status: 1, errorLines: 1, value })

test.concurrent('add, list, remove, with the exact objects that programs read', async () => {
  const folder = newFolder()
  const out = ['--post-logout-redirect-uri', 'https://app.example.test/', 'https://app.example.test/bye']
  expect(
    await run(folder, 'add', 'app', ...CALLBACK, '--name', 'An application', ...out, '--second-factor', '--fresh-minutes', '10'),
  ).toEqual({
    status: 0,
    errorLines: 0,
    value: { issuer: 'https://login.example.test', clientId: 'app', clientSecret: expect.stringMatching(/^[\w-]{43}$/) },
  })
  expect(await run(folder, 'add', 'app', ...CALLBACK)).toEqual(refused({ error: 'client-id-taken' }))
  expect(await run(folder, 'list')).toEqual({
    status: 0,
    errorLines: 0,
    value: [
      {
        clientId: 'app',
        name: 'An application',
        redirectUris: ['https://app.example.test/callback'],
        postLogoutRedirectUris: ['https://app.example.test/', 'https://app.example.test/bye'],
        authentication: 'client_secret_basic',
        backChannelLogoutUri: null,
        requiredAcr: 'urn:latchkey:acr:two-factors',
        freshMinutes: 10,
        createdAt: expect.stringMatching(/^20\d\d-.*Z$/),
      },
    ],
  })
  expect(await run(folder, 'remove', 'app')).toEqual({ status: 0, errorLines: 0, value: { clientId: 'app', removed: true } })
  expect(await run(folder, 'remove', 'app')).toEqual(refused({ error: 'no-such-relying-party' }))
  expect(await run(folder, 'remove', 'portal')).toEqual(refused({ error: 'is-portal' }))
  expect((await run(folder, 'list')).value).toEqual([])
})

test.concurrent('change: what is named, and a new secret', async () => {
  const folder = newFolder()
  const { value: added } = await run(folder, 'add', 'app', ...CALLBACK, '--fresh-minutes', '10', '--second-factor', ...BYE)
  const changed = { clientId: 'app', changed: true, clientSecret: null }
  expect(await run(folder, 'change', 'app', '--name', 'Renamed', '--no-second-factor')).toEqual({
    status: 0,
    errorLines: 0,
    value: changed,
  })
  expect((await run(folder, 'list')).value).toMatchObject([{ name: 'Renamed', requiredAcr: null, freshMinutes: 10 }])
  expect((await run(folder, 'change', 'app', '--no-fresh-minutes', '--second-factor', '--no-post-logout-redirect-uri')).value).toEqual(
    changed,
  )
  expect((await run(folder, 'list')).value).toMatchObject([
    {
      name: 'Renamed',
      requiredAcr: 'urn:latchkey:acr:two-factors',
      freshMinutes: null,
      postLogoutRedirectUris: [],
      redirectUris: ['https://app.example.test/callback'],
    },
  ])
  const { value: renewed } = await run(folder, 'change', 'app', '--new-secret')
  expect(renewed).toEqual({ ...changed, clientSecret: expect.stringMatching(/^[\w-]{43}$/) })
  expect(renewed).not.toMatchObject({ clientSecret: (added as { clientSecret: string }).clientSecret })
  expect(await run(folder, 'change', 'app')).toEqual(refused({ error: 'nothing-to-change' }))
  expect(await run(folder, 'change', 'other', '--name', 'x')).toEqual(refused({ error: 'no-such-relying-party' }))
  expect(await run(folder, 'change', 'portal', '--name', 'x')).toEqual(refused({ error: 'is-portal' }))
  expect(await run(folder, 'change', 'app', '--redirect-uri', 'http://app.example.test/')).toEqual(
    refused({ error: 'refused', setting: 'redirectUris' }),
  )
})

test.concurrent('one with keys of its own has no secret, and a private key is not taken', async () => {
  const folder = newFolder()
  const fileWith = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const add = (...more: string[]) => run(folder, 'add', 'app', ...CALLBACK, ...more)
  const withKeys = (file: string) => add('--authentication', 'private_key_jwt', '--keys', file)
  expect(await withKeys(fileWith('private.json', JSON.stringify({ keys: [{ ...KEY, d: 'AAAA' }] })))).toEqual(
    refused({ error: 'refused', setting: 'authentication' }),
  )
  expect(await withKeys(fileWith('none.json', '{'))).toEqual(refused({ error: 'keys' }))
  expect(await withKeys(join(folder, 'nowhere.json'))).toEqual(refused({ error: 'storage' }))
  expect(await add('--authentication', 'private_key_jwt')).toEqual(refused({ error: 'keys' }))
  const good = fileWith('public.json', JSON.stringify({ keys: [KEY] }))
  expect(await add('--keys', good)).toEqual(refused({ error: 'keys' }))
  expect((await withKeys(good)).value).toMatchObject({ clientId: 'app', clientSecret: null })
  expect((await run(folder, 'list')).value).toMatchObject([{ authentication: 'private_key_jwt' }])
})

test.concurrent('what is wrong is named, and nothing is registered', async () => {
  const folder = newFolder()
  expect(await run(folder, 'add', 'an app', ...CALLBACK)).toEqual(refused({ error: 'refused', setting: 'clientId' }))
  expect(await run(folder, 'add', 'app', '--redirect-uri', 'http://app.example.test/')).toEqual(
    refused({ error: 'refused', setting: 'redirectUris' }),
  )
  expect(await run(folder, 'add', 'app', ...CALLBACK, '--back-channel-logout-uri', 'https://10.0.0.1/out')).toEqual(
    refused({ error: 'refused', setting: 'backChannelLogoutUri' }),
  )
  for (const more of [
    ['--fresh-minutes', '0'],
    ['--authentication', 'tls'],
    ['--id-token-algorithm', 'none'],
  ])
    expect(await run(folder, 'add', 'app', ...CALLBACK, ...more)).toEqual({ status: 2, errorLines: 1, value: undefined })
  expect(await run(folder, 'add', 'app')).toEqual({ status: 2, errorLines: 1, value: undefined })
  expect((await run(folder, 'list')).value).toEqual([])
})
