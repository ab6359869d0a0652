import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ipaddr from 'ipaddr.js'
import stripJsonComments from 'strip-json-comments'
import { z } from 'zod'

const Port = z.coerce.number().int().min(0).max(65_535)
const Url = z.url({ protocol: /^https?$/ }).refine((text) => new URL(text).pathname === '/' && new URL(text).search === '', {
  message: 'must be an origin, without a path',
})
const listener = (port: number) =>
  z.strictObject({ host: z.string().default('127.0.0.1'), port: Port.default(port), url: Url.optional() }).prefault({})
const whole = (from: number, to: number, usual: number) => z.coerce.number().int().min(from).max(to).default(usual)

/** What may open self-administration beside the password. */
export const PROOFS = ['security-questions', 'recovery-code', 'security-code', 'mailed-code'] as const
export type Proof = (typeof PROOFS)[number]
const PRESETS: Readonly<Record<'classic' | 'nist', readonly Proof[]>> = {
  classic: ['security-code', 'security-questions', 'recovery-code'],
  nist: ['recovery-code', 'mailed-code'],
}
const Proofs = z.union([z.enum(['classic', 'nist']), list(z.enum(PROOFS)).refine((proofs) => proofs.length > 0)])

function isNetwork(text: string): boolean {
  return ipaddr.isValid(text) || ipaddr.isValidCIDR(text)
}

const Network = z.string().refine(isNetwork, { message: 'must be an address, or a network such as 10.0.0.0/8' })

/** A list, or text with commas between: environment variables have no lists. */
function list<T extends z.ZodType<string, string>>(item: T) {
  return z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((part) => part.trim())
            .filter((part) => part !== '')
        : value,
    z.array(item),
  )
}

/** Every setting, its range and its default. */
const Settings = z.strictObject({
  /** Folder of the database, the keys and the outbox. */
  data: z.string().min(1).default('./data'),
  databaseUrl: z.string().startsWith('postgres').optional(),
  login: listener(8080),
  token: listener(8081),
  portal: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: Port.default(8082),
      url: Url.optional(),
      enabled: z.stringbool().or(z.boolean()).default(true),
    })
    .prefault({}),
  health: z.strictObject({ port: Port.default(8083) }).prefault({}),
  smtp: z
    .strictObject({ url: z.url({ protocol: /^smtps?$/ }).optional(), from: z.string().default('Latchkey <latchkey@localhost>') })
    .prefault({}),
  organisation: z
    .strictObject({
      name: z.string().min(1).max(60).default('Latchkey'),
      helpDesk: z.string().min(1).max(200).default('your help desk'),
      helpDeskEmail: z.email().optional(),
    })
    .prefault({}),
  /** Addresses or networks of reverse proxies whose forwarding headers are read. */
  proxies: list(Network).default([]),
  keys: z.strictObject({ file: z.string().optional(), value: z.string().optional(), command: list(z.string()).optional() }).prefault({}),
  /** The door of the field's plugins. */
  check: z
    .strictObject({
      /** Whether codes may stand in an address. */
      get: z.stringbool().or(z.boolean()).default(false),
      /** Addresses or networks of programs that need no API key there. */
      addresses: list(Network).default([]),
    })
    .prefault({}),
  signIn: z.strictObject({ secondFactor: z.enum(['step-up', 'always']).default('step-up') }).prefault({}),
  password: z.strictObject({ memoryKiB: whole(19_456, 1_048_576, 65_536), passes: whole(1, 10, 3) }).prefault({}),
  recovery: z
    .strictObject({
      proofs: Proofs.default('classic'),
      waitAfterPasswordResetHours: whole(0, 168, 24),
      newAddressAfterDays: whole(0, 30, 7),
    })
    .prefault({}),
  activation: z
    .strictObject({
      minutes: whole(2, 1_440, 10),
      digits: z.coerce
        .number()
        .pipe(z.literal([6, 8]))
        .default(6),
      pinMinimum: z.coerce
        .number()
        .pipe(z.literal([6, 8]))
        .default(6),
      dailyLimit: whole(1, 100, 10),
    })
    .prefault({}),
  session: z.strictObject({ idleMinutes: whole(5, 720, 60), hours: whole(1, 24, 12) }).prefault({}),
  log: z.strictObject({ level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info') }).prefault({}),
})
type Settings = z.infer<typeof Settings>

/** The settings as the program uses them: every address whole, every list spelt out. */
export type Config = Omit<Settings, 'login' | 'token' | 'portal' | 'recovery'> & {
  login: Listener
  token: Listener
  portal: Listener & { enabled: boolean }
  recovery: Omit<Settings['recovery'], 'proofs'> & { proofs: readonly Proof[] }
  databaseFile: string
  outboxFolder: string
}
export type Listener = { host: string; port: number /** Origin, without a slash at the end. */; url: string }

/** A setting is wrong; the message names it, its place and what it may be. */
export class ConfigRefused extends Error {}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the settings: the environment over the file over the defaults. @throws ConfigRefused */
export function readConfig(environment: Environment, file?: string): Config {
  const fromFile = file === undefined ? {} : readFile(file)
  const parsed = Settings.safeParse(overlay(fromFile, fromEnvironment(environment)))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const path = issue?.path.map(String) ?? []
    throw new ConfigRefused(
      `The setting ${path.join('.') || '(file)'} (${variableOf(path)}) is not usable: ${issue?.message ?? 'unknown'}.`,
    )
  }
  return complete(parsed.data)
}

function complete(settings: Settings): Config {
  const { login, token, portal, recovery, ...rest } = settings
  const at = ({ host, port, url }: { host: string; port: number; url?: string | undefined }): Listener => ({
    host,
    port,
    url: url === undefined ? `http://localhost:${port}` : new URL(url).origin,
  })
  const proofs = typeof recovery.proofs === 'string' ? PRESETS[recovery.proofs] : recovery.proofs
  return {
    ...rest,
    login: at(login),
    token: at(token),
    portal: { ...at(portal), enabled: portal.enabled },
    recovery: { ...recovery, proofs },
    databaseFile: join(settings.data, 'latchkey.db'),
    outboxFolder: join(settings.data, 'outbox'),
  }
}

function readFile(file: string): unknown {
  try {
    return JSON.parse(stripJsonComments(readFileSync(file, 'utf8'), { trailingCommas: true }))
  } catch (error) {
    throw new ConfigRefused(`The settings file ${file} cannot be read: ${error instanceof Error ? error.message : 'unknown'}.`)
  }
}

type Tree = { [name: string]: Tree | string }

/** `signIn.secondFactor` is `LATCHKEY_SIGN_IN_SECOND_FACTOR`. */
function variableOf(path: readonly string[]): string {
  return `LATCHKEY_${path.map((part) => part.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()).join('_')}`
}

function fromEnvironment(environment: Environment): Tree {
  const tree: Tree = {}
  for (const path of PATHS) {
    const value = environment[variableOf(path)]
    if (value !== undefined && value !== '') put(tree, path, value)
  }
  return tree
}

function put(tree: Tree, [first = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    tree[first] = value
    return
  }
  const inner = tree[first]
  const below = typeof inner === 'object' ? inner : {}
  tree[first] = below
  put(below, rest, value)
}

const PATHS: readonly (readonly string[])[] = pathsOf(z.toJSONSchema(Settings, { io: 'input', unrepresentable: 'any' }), [])

function pathsOf(schema: unknown, at: readonly string[]): string[][] {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema) || typeof schema.properties !== 'object') return [[...at]]
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => pathsOf(inner, [...at, name]))
}

function overlay(below: unknown, above: Tree): unknown {
  if (!isObject(below)) return above
  const merged: Record<string, unknown> = { ...below }
  for (const [name, value] of Object.entries(above)) merged[name] = typeof value === 'string' ? value : overlay(below[name], value)
  return merged
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
