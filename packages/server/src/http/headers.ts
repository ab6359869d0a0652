import type { MiddlewareHandler } from 'hono'
import type { Config } from '../config.ts'
import type { Env } from './request.ts'

/** What every answer of the login origin carries: nothing is cached, framed, sniffed, or loaded from elsewhere. */
export function withHeaders(config: Config): MiddlewareHandler<Env> {
  const secure = config.login.url.startsWith('https:')
  return async (request, next) => {
    await next()
    const { headers } = request.res
    headers.set('content-security-policy', policy(request.get('formOrigin')))
    // Never `no-referrer`: browsers then send `Origin: null` with a form.
    headers.set('referrer-policy', 'same-origin')
    headers.set('x-content-type-options', 'nosniff')
    headers.set('x-frame-options', 'DENY')
    headers.set('cross-origin-opener-policy', 'same-origin')
    headers.set('cross-origin-resource-policy', 'same-origin')
    headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
    if (secure) headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
  }
}

/** Browsers hold a form's redirects against `form-action` too: a sign-in for a relying party leads back to that. */
function policy(formOrigin: string | undefined): string {
  const form = formOrigin === undefined ? "'self'" : `'self' ${formOrigin}`
  return `default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; form-action ${form}; frame-ancestors 'none'; base-uri 'none'`
}
