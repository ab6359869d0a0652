import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Listener } from '../config.ts'

const IN_FLIGHT_MS = 10_000
const MOST_HEADERS = 100
/**
 * Connections that the kernel keeps until they are taken; it may be set to keep fewer (`net.core.somaxconn`). Whoever comes beyond that is not heard,
 * and tries again a second later: Node's own 511 are fewer than come at once, and those who wait for the second are anybody.
 */
const BACKLOG = 4_096

/** For how long a socket may be silent or slow, in milliseconds, and how many there may be at once. */
export type Limits = { headersMs: number; requestMs: number; keepAliveMs: number; checkEveryMs: number; mostSockets: number }
/** A socket that says nothing counts as slow headers. Whoever comes beyond the most is hung up on: files and the database go on. */
export const LIMITS: Limits = { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 5_000, checkEveryMs: 2_000, mostSockets: 10_000 }

/** A socket that takes requests. `close` refuses new ones and waits for those in flight, ten seconds at most. */
export type Listening = { readonly port: number; readonly close: () => Promise<void> }

/** The port is taken, or may not be used by this user; the message says what to do. */
export class CannotListen extends Error {}

/** Listens; a slow or endless request is cut off. @throws CannotListen */
export function listen(
  { host, port }: Listener,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { headersMs, requestMs, keepAliveMs, checkEveryMs, mostSockets }: Limits = LIMITS,
): Promise<Listening> {
  const times = { headersTimeout: headersMs, requestTimeout: requestMs, keepAliveTimeout: keepAliveMs }
  const server = createServer({ ...times, connectionsCheckingInterval: checkEveryMs }, answer)
  server.maxHeadersCount = MOST_HEADERS
  server.maxConnections = mostSockets
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new CannotListen(`Cannot listen on ${host}:${port} (${error.code ?? error.message}). Choose another port, or stop what uses it.`),
      )
    })
    server.listen({ port, host, backlog: BACKLOG }, () => {
      const address = server.address()
      resolve({ port: typeof address === 'object' && address !== null ? address.port : port, close: () => close(server) })
    })
  })
}

function close(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), IN_FLIGHT_MS)
    server.close(() => {
      clearTimeout(cutOff)
      resolve()
    })
    server.closeIdleConnections()
  })
}
