import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { expect, test } from 'vitest'

/** Which package may import which others (docs/decisions/0001). */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  design: [],
  'soft-token': ['protocol'],
  server: ['design', 'protocol'],
  portal: ['design'],
  'token-app': ['design', 'protocol', 'soft-token'],
  cli: ['design', 'portal', 'protocol', 'server', 'soft-token', 'token-app'],
}

/** The server's rooms, from the doors down: each may import those below it and the files beside the rooms; rooms of one line do not know each other. */
const SERVER: readonly (readonly string[])[] = [
  ['federation', 'operate', 'token-place'],
  ['account', 'enrolment', 'first-admin', 'forgotten-password', 'observe', 'self-administration'],
  ['actions', 'proofs'],
  ['activation'],
  ['sign-in'],
  ['api-keys', 'mailed-codes', 'passwords', 'questions', 'recovery-codes', 'shown-once', 'signing-keys', 'tokens'],
  ['recovery-guards', 'users'],
  ['notices'],
  ['sessions'],
  ['http', 'links'],
  ['keys'],
  ['audit', 'hashing', 'outbox', 'texts'],
  ['db'],
]

function layered(layers: readonly (readonly string[])[]): Record<string, readonly string[]> {
  const rooms = layers.flatMap((layer, index) => layer.map((room) => [room, ['.', ...layers.slice(index + 1).flat()]] as const))
  return { '.': layers.flat(), ...Object.fromEntries(rooms) }
}

/** Which room of a package may import which others of the same package. A file beside the rooms is `.`. */
const ROOMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  protocol: { '.': [], codes: [], otp: ['.'], activation: ['codes', '.'], unlock: ['otp', 'codes', '.'] },
  design: { '.': [] },
  'soft-token': { '.': [], pins: [], vault: ['.'], identity: ['vault', 'pins', '.'] },
  server: layered(SERVER),
  portal: {
    '.': ['db', 'doors', 'http', 'pages', 'provider', 'sessions', 'sign-in', 'sign-out'],
    db: [],
    http: ['.'],
    sessions: ['db', 'http', '.'],
    provider: ['sessions', '.'],
    pages: ['http', 'sessions', '.'],
    doors: ['pages', '.'],
    'sign-in': ['pages', 'provider', 'sessions', 'db', 'http', '.'],
    'sign-out': ['pages', 'provider', 'sessions', 'db', 'http', '.'],
  },
  'token-app': {
    '.': ['screens', 'vault'],
    browser: [],
    texts: [],
    tickets: [],
    camera: [],
    vault: ['browser'],
    offline: ['browser'],
    parts: ['texts'],
    screens: ['browser', 'camera', 'offline', 'parts', 'texts', 'tickets', 'vault'],
  },
  cli: {
    terminal: [],
    'vault-folder': [],
    token: ['terminal', 'vault-folder'],
    administration: ['terminal'],
    serve: ['administration', 'terminal'],
    '.': ['administration', 'serve', 'terminal', 'token'],
  },
}

/** Packages from the registry that each may use at run time. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  protocol: ['@noble/hashes'],
  design: [],
  'soft-token': ['@noble/hashes'],
  server: [
    '@hono/node-server',
    '@node-rs/argon2',
    '@zxcvbn-ts/language-common',
    'hono',
    'ipaddr.js',
    'kysely',
    'node',
    'nodemailer',
    'oidc-provider',
    'pg',
    'pino',
    'prom-client',
    'strip-json-comments',
    'uqr',
    'zod',
  ],
  portal: ['@hono/node-server', 'hono', 'jose', 'kysely', 'node', 'openid-client', 'pg', 'pino', 'zod'],
  'token-app': ['comlink', 'hash-wasm', 'idb', 'node', 'preact', 'qr', 'workbox-precaching'],
  cli: ['@clack/core', '@clack/prompts', '@napi-rs/keyring', '@node-rs/argon2', 'clipboardy', 'commander', 'node'],
}

type Import = { from: string; to: string; file: string }
const IMPORT = /^(?:import|export)\b[^'=();]*?\bfrom '(?<from>[^']+)'|\bimport\('(?<lazy>[^']+)'\)/gm

function importsOf(file: string): Import[] {
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(({ groups }) => ({
    from: file,
    to: groups?.['from'] ?? groups?.['lazy'] ?? '',
    file,
  }))
}

const files = globSync('packages/*/src/**/*.{ts,tsx}').filter((file) => !/\.(?:test|d)\.tsx?$/.test(file) && !file.includes('/test/'))
const imports = files.flatMap(importsOf)

function placeOf(file: string): { name: string; room: string } {
  const [, name = '', , ...path] = file.split(sep)
  return { name, room: path.length > 1 ? (path[0] ?? '') : '.' }
}

function libraryOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node'
  const [first = '', second = ''] = specifier.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

test('there is something to look at', () => {
  expect(files.length).toBeGreaterThan(40)
  expect(new Set(files.map((file) => placeOf(file).name))).toEqual(new Set(Object.keys(PACKAGES)))
})

test('packages import only along the arrows', () => {
  const illegal = imports.filter(({ from, to }) => {
    const [scope, name = ''] = to.split('/')
    return scope === '@latchkey' && !PACKAGES[placeOf(from).name]?.includes(name)
  })
  expect(illegal).toEqual([])
})

test('rooms import only along the arrows', () => {
  const illegal = imports.filter(({ from, to }) => {
    if (!to.startsWith('.')) return false
    const source = placeOf(from)
    const target = placeOf(relative('.', join(dirname(from), to)))
    return target.name !== source.name || (target.room !== source.room && !ROOMS[source.name]?.[source.room]?.includes(target.room))
  })
  expect(illegal).toEqual([])
})

test('nobody but the server itself imports what puts it together', () => {
  const together = imports.filter(
    ({ from, to }) => placeOf(from).name === 'server' && placeOf(from).room !== '.' && /\/(?:app|main)\.ts$/.test(to),
  )
  expect(together).toEqual([])
})

test('no room imports the store of another', () => {
  const illegal = imports.filter(({ from, to }) => {
    if (placeOf(from).name !== 'server' || !/(?:^|\/|-)store\.ts$/.test(to)) return false
    const target = placeOf(relative('.', join(dirname(from), to)))
    return target.room !== placeOf(from).room
  })
  expect(illegal).toEqual([])
})

test('every room is on the map, and every room of the map exists', () => {
  for (const [name, rooms] of Object.entries(ROOMS)) {
    const existing = new Set(files.filter((file) => placeOf(file).name === name).map((file) => placeOf(file).room))
    expect(existing).toEqual(new Set(Object.keys(rooms)))
  }
})

test('each package uses only the libraries that it declares here', () => {
  const illegal = imports.filter(({ from, to }) => {
    if (to.startsWith('.') || to.startsWith('@latchkey/')) return false
    return !LIBRARIES[placeOf(from).name]?.includes(libraryOf(to))
  })
  expect(illegal).toEqual([])
})

test('no room is a drawer', () => {
  const drawers = /\/(?:utils?|helpers?|common|core|shared|misc|managers?|services?|impl)(?:\/|\.tsx?$)/
  expect(files.filter((file) => drawers.test(file))).toEqual([])
})

test('no file has more than 300 lines', () => {
  expect(files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 301)).toEqual([])
})
