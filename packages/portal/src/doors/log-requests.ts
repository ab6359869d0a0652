import { randomBytes } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Portal, RequestEnv } from '../context.ts'

/** Enough to find a line in a log; short enough to read out. */
const ID_BYTES = 6

/** Gives every request an id, logs its outcome and counts it: by the route, never the address, whose query may hold codes. */
export function logRequests(portal: Portal): MiddlewareHandler<RequestEnv> {
  return async (c, next) => {
    const requestId = randomBytes(ID_BYTES).toString('hex')
    const log = portal.log.child({ requestId })
    c.set('requestId', requestId)
    c.set('log', log)
    const started = performance.now()
    await next()
    c.res.headers.set('X-Request-Id', requestId)
    const ms = performance.now() - started
    const { method } = c.req
    const { status } = c.res
    const route = status === 404 ? 'none' : routePath(c, -1)
    log.info({ method, route, status, ms: Math.round(ms) }, 'request')
    portal.config.countRequest(method, route, status, ms / 1_000)
  }
}
