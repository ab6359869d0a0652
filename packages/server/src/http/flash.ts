import type { Context } from '../context.ts'
import type { TextId } from '../texts/texts.ts'
import { dropCookie, readCookie, writeCookie } from './cookies.ts'
import type { Request } from './request.ts'

/**
 * What a form's answer has to say on the page that it leads to: every POST is answered with 303, so the page is another request.
 * `typed` is what the fields keep: never a password, a PIN or an answer. `field` is the one that the refusal is about.
 */
export type Flash = {
  kind: 'refusal' | 'done' | 'note'
  text: TextId
  values?: Readonly<Record<string, string | number>> | undefined
  field?: string | undefined
  typed?: Readonly<Record<string, string>> | undefined
}

const NAME = 'flash'
const GOOD_FOR_MS = 60_000
/** Browsers keep cookies up to 4096 bytes. */
const LONGEST = 3_000

/** Leaves word for the page at `path`, in a sealed cookie that only this server opens. */
export function leaveFlash(request: Request, ctx: Context, path: string, flash: Flash): void {
  const plain = Buffer.from(JSON.stringify({ path, until: ctx.now() + GOOD_FOR_MS, flash }))
  const kept =
    plain.length > LONGEST ? Buffer.from(JSON.stringify({ path, until: ctx.now() + GOOD_FOR_MS, flash: { ...flash, typed: {} } })) : plain
  writeCookie(request, ctx.config, NAME, Buffer.from(ctx.keys.sealUnkept(PLACE, kept)).toString('base64url'), GOOD_FOR_MS)
}

/** Takes the word that was left for this page: it is said once. Anything else in the cookie is nothing. */
export function takeFlash(request: Request, ctx: Context, path: string): Flash | undefined {
  const cookie = readCookie(request, ctx.config, NAME)
  if (cookie === undefined) return undefined
  const left = openFlash(ctx, cookie)
  if (left === undefined || left.path !== path) return undefined
  dropCookie(request, ctx.config, NAME)
  return left.until > ctx.now() ? left.flash : undefined
}

const PLACE = { table: 'cookies', column: NAME, id: '' }

function openFlash(ctx: Context, cookie: string): { path: string; until: number; flash: Flash } | undefined {
  try {
    return JSON.parse(Buffer.from(ctx.keys.open(PLACE, Buffer.from(cookie, 'base64url'))).toString('utf8'))
  } catch {
    return undefined
  }
}
