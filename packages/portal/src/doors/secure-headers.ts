import type { MiddlewareHandler } from 'hono'
import type { PortalConfig } from '../config.ts'
import type { RequestEnv } from '../context.ts'

/** `form-action` names the issuer because signing out redirects there, and browsers judge the redirect too. */
function contentSecurityPolicy(config: PortalConfig): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    `form-action 'self' ${new URL(config.issuer).origin}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

/** Puts the security headers on every answer, and `no-store` on those that say nothing else. */
export function secureHeaders(config: PortalConfig): MiddlewareHandler<RequestEnv> {
  const fixed = {
    'Content-Security-Policy': contentSecurityPolicy(config),
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    ...(config.publicUrl.startsWith('https:') ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  }
  return async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(fixed)) c.res.headers.set(name, value)
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store')
  }
}
