import type { Context as Request } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Config } from '../config.ts'

/** `__Host-` cookies on https: no sibling host can plant one (RFC 6265bis, 4.1.3.2). */
export function cookieName(config: Config, name: string): string {
  return `${isSecure(config) ? '__Host-' : ''}latchkey_${name}`
}

export function readCookie(request: Request, config: Config, name: string): string | undefined {
  return getCookie(request, cookieName(config, name))
}

/** A cookie that no script reads and that no other site's POST carries. Without `maxAgeMs` it ends with the browser. */
export function writeCookie(request: Request, config: Config, name: string, value: string, maxAgeMs?: number): void {
  setCookie(request, cookieName(config, name), value, {
    path: '/',
    httpOnly: true,
    secure: isSecure(config),
    sameSite: 'Lax',
    ...(maxAgeMs === undefined ? {} : { maxAge: Math.floor(maxAgeMs / 1000) }),
  })
}

export function dropCookie(request: Request, config: Config, name: string): void {
  deleteCookie(request, cookieName(config, name), { path: '/', secure: isSecure(config) })
}

function isSecure(config: Config): boolean {
  return config.login.url.startsWith('https:')
}
