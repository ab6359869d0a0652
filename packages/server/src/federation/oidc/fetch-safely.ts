import { type LookupAddress, lookup } from 'node:dns'
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { promisify } from 'node:util'
import ipaddr from 'ipaddr.js'
import type { Config } from '../../config.ts'

const TIMEOUT_MS = 3000
const LONGEST_ANSWER = 65_536
const lookUp = promisify(lookup)
/** All addresses that a name stands for now. */
export type Resolve = (name: string) => Promise<LookupAddress[]>
const resolveHere: Resolve = (name) => lookUp(name, { all: true })

/** An address that nothing here is to be sent to. The message holds no answer of anybody. */
export class AddressRefused extends Error {}

export type SafeFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * A `fetch` for addresses that others chose: public ones only (loopback too where the login origin is loopback itself), resolved
 * once and then held to what was resolved, no redirects, three seconds, 64 KiB. @throws AddressRefused, or what the network throws
 */
export function fetchSafely(config: Config, resolve: Resolve = resolveHere): SafeFetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const address = await checkAddress(config, url, resolve)
    const answer = await send(url, address, init)
    const body = await readAll(answer)
    const status = answer.statusCode ?? 502
    return new Response(status === 204 || status === 304 ? null : new Uint8Array(body), { status, headers: headersOf(answer) })
  }
}

/** The one address that a URL will be asked at. All that its name stands for are looked at: one bad one is enough to refuse. */
export async function checkAddress(config: Config, url: URL, resolve: Resolve = resolveHere): Promise<LookupAddress> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(host)
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }]
  const [first] = addresses
  const trusted = url.origin === config.portal.url
  if (first === undefined || !(trusted || addresses.every(({ address }) => isAllowed(config, url, address)))) {
    throw new AddressRefused('the address is not a public one')
  }
  return first
}

function isAllowed(config: Config, url: URL, address: string): boolean {
  const range = ipaddr.process(address).range()
  if (url.protocol === 'https:' && range === 'unicast') return true
  return range === 'loopback' && isLoopbackUrl(config.login.url)
}

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether a URL names this machine itself. */
export function isLoopbackUrl(url: string): boolean {
  return LOOPBACK_NAMES.has(new URL(url).hostname)
}

function send(url: URL, { address, family }: LookupAddress, init: RequestInit): Promise<IncomingMessage> {
  const lookupPinned: LookupFunction = (_host, options, done) =>
    options.all === true ? done(null, [{ address, family }]) : done(null, address, family)
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  const signal = init.signal == null ? timeout : AbortSignal.any([timeout, init.signal])
  const body = init.body == null ? undefined : String(init.body)
  const headers = Object.fromEntries(new Headers(init.headers))
  const start = url.protocol === 'https:' ? requestSecure : requestPlain
  return new Promise((done, failed) => {
    const options = { method: init.method ?? 'GET', headers, lookup: lookupPinned, signal, agent: false as const }
    start(url, options, done).on('error', failed).end(body)
  })
}

async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.length
    if (length > LONGEST_ANSWER) throw new AddressRefused('the answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function headersOf(answer: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}
