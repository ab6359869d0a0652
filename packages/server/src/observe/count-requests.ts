import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Context } from '../context.ts'
import { metricsOf } from './metrics.ts'

/** Counts and times the requests of an origin by the pattern of their route: what was typed into a path is in no label. */
export function countRequests(ctx: Context, origin: 'login' | 'token'): MiddlewareHandler {
  const metrics = metricsOf(ctx)
  return async (request, next) => {
    const begun = performance.now()
    await next()
    const route = request.res.status === 404 ? 'none' : routePath(request, -1)
    metrics.countRequest(origin, request.req.method, route, request.res.status, (performance.now() - begun) / 1_000)
  }
}
