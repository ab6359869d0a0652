import { createAdaptorServer, type Http2Bindings, type HttpBindings, type ServerType } from '@hono/node-server'

const HEADERS_MS = 10_000
const REQUEST_MS = 30_000
/** How often what is slow or silent is looked for. */
const CHECK_EVERY_MS = 2_000
/** Whoever comes beyond is hung up on: files and the database go on. */
const MOST_SOCKETS = 10_000
const CLOSE_MS = 10_000
/** An address of a kind that this machine does not have, as `::1` where IPv6 is off. */
const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

export type Fetch = (request: Request, env: HttpBindings | Http2Bindings) => Response | Promise<Response>

/** Listens on one port at several addresses. Throws if the port is taken at one of them, or if this machine has none of them. */
export async function listen(fetch: Fetch, hosts: readonly string[], port: number): Promise<ServerType[]> {
  const servers: ServerType[] = []
  try {
    for (const host of hosts) {
      const server = await listenAt(fetch, host, port)
      if (server !== undefined) servers.push(server)
    }
  } catch (error) {
    await closeAll(servers)
    throw error
  }
  if (servers.length === 0) throw new Error(`This machine has none of the addresses ${hosts.join(', ')}.`)
  return servers
}

function listenAt(fetch: Fetch, hostname: string, port: number): Promise<ServerType | undefined> {
  const serverOptions = { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: CHECK_EVERY_MS }
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false, serverOptions })
  server.maxConnections = MOST_SOCKETS
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (NO_SUCH_ADDRESS.has(error.code ?? '')) resolve(undefined)
      else reject(error)
    })
    server.listen(port, hostname, () => resolve(server))
  })
}

/** Takes no new requests and waits for those under way, ten seconds at most. */
export async function closeAll(servers: readonly ServerType[]): Promise<void> {
  await Promise.all(servers.map(close))
}

function close(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), CLOSE_MS)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  })
}
