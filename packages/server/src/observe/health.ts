import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Readiness } from './readiness.ts'

/** What the health listener needs to know. */
export type HealthSource = { readonly registry: Registry; readonly readiness: () => Promise<Readiness>; readonly log: Logger }
export type Health = {
  readonly url: string
  /** From now on `/readyz` says no, so that no new requests are sent here. */
  readonly stopping: () => void
  readonly close: () => Promise<void>
}

const ADDRESSES = ['127.0.0.1', '::1']
/** Readiness costs a write to the disk: however often it is asked for, it is looked up this often. */
const LOOK_EVERY_MS = 1_000

/** Listens on this machine's own addresses alone: `/healthz`, `/readyz`, `/metrics`. Port 0 takes a free one. */
export async function startHealth(port: number, source: HealthSource): Promise<Health> {
  let stopping = false
  let looked: { at: number; readiness: Promise<Readiness> } | undefined
  const look = (): Promise<Readiness> => {
    if (stopping) return Promise.resolve({ ready: false, because: 'stopping' })
    const now = performance.now()
    if (looked === undefined || now - looked.at >= LOOK_EVERY_MS) looked = { at: now, readiness: source.readiness() }
    return looked.readiness
  }
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    respond(request, response, source.registry, look).catch((error: unknown) => {
      source.log.error({ err: error }, 'the health listener failed')
      if (!response.headersSent) say(response, 500, 'failed\n')
    })
  }
  const servers = await listen(port, answer, source.log)
  const [first] = servers
  const address = first?.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://localhost:${taken}`,
    stopping: () => {
      stopping = true
    },
    close: async () => {
      await Promise.all(servers.map(closeOne))
    },
  }
}

async function respond(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  registry: Registry,
  look: () => Promise<Readiness>,
): Promise<void> {
  // A page elsewhere whose name was made to point here is not answered (DNS rebinding).
  if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(headers.host ?? '')) return say(response, 403, 'not from here\n')
  if (method !== 'GET' && method !== 'HEAD') return say(response, 405, 'GET only\n')
  if (url === '/healthz') return say(response, 200, 'alive\n')
  if (url === '/metrics') return say(response, 200, await registry.metrics(), registry.contentType)
  if (url !== '/readyz') return say(response, 404, '/healthz, /readyz, /metrics\n')
  const readiness = await look()
  if (readiness.ready) return say(response, 200, 'ready\n')
  return say(response, 503, `not ready: ${readiness.because}\n`)
}

function say(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  response.end(text)
}

/** The second address gets the port that the first one took; a machine without it does without. */
async function listen(port: number, answer: (request: IncomingMessage, response: ServerResponse) => void, log: Logger): Promise<Server[]> {
  const servers: Server[] = []
  let wanted = port
  for (const host of ADDRESSES) {
    const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, answer)
    const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve)
      server.listen(wanted, host, () => resolve(undefined))
    })
    if (failure === undefined) {
      servers.push(server)
      const address = server.address()
      if (typeof address === 'object' && address !== null) wanted = address.port
    } else if (servers.length === 0) throw failure
    else log.info({ host, code: failure.code }, 'the health listener does without this address')
  }
  return servers
}

function closeOne(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
