import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Listener } from '../config.ts'

const IN_FLIGHT_MS = 10_000
const HEADERS_MS = 10_000
const REQUEST_MS = 30_000
const KEEP_ALIVE_MS = 5_000
const MOST_HEADERS = 100

/** A socket that takes requests. `close` refuses new ones and waits for those in flight, ten seconds at most. */
export type Listening = { readonly port: number; readonly close: () => Promise<void> }

/** The port is taken, or may not be used by this user; the message says what to do. */
export class CannotListen extends Error {}

/** Listens; a slow or endless request is cut off. @throws CannotListen */
export function listen({ host, port }: Listener, answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Listening> {
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS }, answer)
  server.maxHeadersCount = MOST_HEADERS
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new CannotListen(`Cannot listen on ${host}:${port} (${error.code ?? error.message}). Choose another port, or stop what uses it.`),
      )
    })
    server.listen(port, host, () => {
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
