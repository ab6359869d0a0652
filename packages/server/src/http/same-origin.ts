import type { MiddlewareHandler } from 'hono'
import type { Config } from '../config.ts'
import type { Env } from './request.ts'
import { sayTrouble } from './trouble.ts'

const SAFE = new Set(['GET', 'HEAD'])
const FORM = 'application/x-www-form-urlencoded'

/**
 * Forms are taken from our own pages only: `Origin` says so, which no page can forge and every browser sends with a POST.
 * A missing or null one is refused, as is anything that is not the form of a page.
 */
export function sameOriginForms(config: Config): MiddlewareHandler<Env> {
  return async (request, next) => {
    if (SAFE.has(request.req.method)) return next()
    if (request.req.method !== 'POST') return sayTrouble(request, config, 405)
    if (request.req.header('origin') !== config.login.url) return sayTrouble(request, config, 403)
    const type = (request.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
    if (type !== FORM) return sayTrouble(request, config, 415)
    return next()
  }
}
