import type { HttpBindings } from '@hono/node-server'
import type { Context as HonoContext, MiddlewareHandler } from 'hono'
import type { Caller, Context, Door } from '../context.ts'
import { drawId } from '../ids.ts'
import type { Session } from '../session.ts'
import { type Texts, textsFor } from '../texts/texts.ts'
import { addressOf } from './address.ts'

/** What is known of a request before anything looks at it. */
export type Facts = { id: string; address: string; browser: string | undefined; lang: string; texts: Texts }
/** `session` is there behind `requireSession` only. */
export type Env = { Bindings: HttpBindings; Variables: { facts: Facts; formOrigin: string | undefined; session: Session } }
export type Request = HonoContext<Env>

/** Gives each request its id, the address it came from, and its language. */
export function withFacts(ctx: Context): MiddlewareHandler<Env> {
  return async (request, next) => {
    const id = drawId('req', ctx.random)
    const browser = request.req.header('user-agent')
    request.set('facts', { id, address: addressOf(ctx.config.proxies, request), browser, lang: 'en', texts: textsFor('en') })
    request.header('x-request-id', id)
    await next()
  }
}

/** The caller of a verb, as the audit log keeps it. */
export function callerOf(request: Request, door: Door = 'web', actor?: string): Caller {
  const { id, address, browser } = request.get('facts')
  return { door, request: id, address, browser, actor }
}
