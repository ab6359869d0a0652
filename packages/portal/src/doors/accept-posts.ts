import type { MiddlewareHandler } from 'hono'
import type { Portal, RequestEnv } from '../context.ts'
import { showNotice } from '../pages/show-notice.ts'

const FORM = 'application/x-www-form-urlencoded'

const READS = new Set(['GET', 'HEAD'])

/**
 * Lets through what reads, and what a page of this origin sent. Browsers put `Origin` on every POST: one without it, or with `null`,
 * is none of ours. In front of every route, so that none can forget it; `serverToServer` is the path that browsers have no part in.
 */
export function requireOwnOrigin(portal: Portal, serverToServer: string): MiddlewareHandler<RequestEnv> {
  return async (c, next) => {
    if (READS.has(c.req.method) || c.req.path === serverToServer) return next()
    return c.req.header('origin') === portal.config.publicUrl ? next() : showNotice(portal, c, 'foreign-origin')
  }
}

/** Lets a POST through whose body is a form's. */
export function requireForm(portal: Portal): MiddlewareHandler<RequestEnv> {
  return async (c, next) => {
    const type = c.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
    return type === FORM ? next() : showNotice(portal, c, 'wrong-type')
  }
}
