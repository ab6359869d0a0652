import type { Context } from '../context.ts'
import { readCookie, writeCookie } from './cookies.ts'
import type { Request } from './request.ts'

const NAME = 'browser'
const BYTES = 32
const FORM = /^[A-Za-z0-9_-]{43}$/

/**
 * A hash of the browser's own cookie, made where there is none. Flows are bound to it: a link to somebody else's flow is worth nothing.
 * It names a browser, no person, and ends with it.
 */
export function browserOf(request: Request, ctx: Context): string {
  const known = readCookie(request, ctx.config, NAME)
  if (known !== undefined && FORM.test(known)) return ctx.keys.hash('browser', known)
  const fresh = Buffer.from(ctx.random(BYTES)).toString('base64url')
  writeCookie(request, ctx.config, NAME, fresh)
  return ctx.keys.hash('browser', fresh)
}
