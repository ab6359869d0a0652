import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { PortalConfig } from '../config.ts'
import type { Request } from '../context.ts'
import { looksLikeSecret } from './secret.ts'

/** `session` names a session; `browser` binds a sign-in under way to the browser that started it. */
export type CookieName = 'session' | 'browser'

const NAMES = { session: 'latchkey_portal', browser: 'latchkey_portal_browser' }

function isSecure(config: PortalConfig): boolean {
  return config.publicUrl.startsWith('https:')
}

/** `__Host-` keeps a sibling host name from planting the cookie; browsers take it on https only. */
function fullName(config: PortalConfig, name: CookieName): string {
  return isSecure(config) ? `__Host-${NAMES[name]}` : NAMES[name]
}

/** The cookie's value, or undefined where there is none with the shape of a secret. */
export function readCookie(config: PortalConfig, c: Request, name: CookieName): string | undefined {
  const value = getCookie(c, fullName(config, name))
  return looksLikeSecret(value) ? value : undefined
}

export function writeCookie(config: PortalConfig, c: Request, name: CookieName, value: string, maxAgeSeconds?: number): void {
  const life = maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }
  setCookie(c, fullName(config, name), value, { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure(config), ...life })
}

export function clearCookie(config: PortalConfig, c: Request, name: CookieName): void {
  deleteCookie(c, fullName(config, name), { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure(config) })
}
