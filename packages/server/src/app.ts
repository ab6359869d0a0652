import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import type { Context } from './context.ts'
import { Busy } from './hashing/in-lane.ts'
import { assets } from './http/assets.ts'
import { withHeaders } from './http/headers.ts'
import { type Env, withFacts } from './http/request.ts'
import { sameOriginForms } from './http/same-origin.ts'
import { sayTrouble, type Trouble } from './http/trouble.ts'

const LARGEST_BODY = 64 * 1024
const TROUBLES = new Set([400, 403, 404, 405, 413, 415, 429, 503])

/** The map: one line a capability. `doors` are those that other rooms bring: federation, programs. */
export function makeApp(ctx: Context, doors: readonly Hono<Env>[] = []): Hono<Env> {
  const app = new Hono<Env>()
  app.use(withFacts(ctx))
  app.use(withHeaders(ctx.config))
  app.use(bodyLimit({ maxSize: LARGEST_BODY, onError: (request) => sayTrouble(request, ctx.config, 413) }))
  app.route('/assets', assets())
  for (const door of doors) app.route('/', door)
  app.use(sameOriginForms(ctx.config))
  app.notFound((request) => sayTrouble(request, ctx.config, 404))
  app.onError((error, request) => {
    const status = statusOf(error)
    if (status === 500) ctx.log.error({ err: error, request: request.get('facts')?.id }, 'a request failed')
    return sayTrouble(request, ctx.config, status)
  })
  return app
}

function statusOf(error: unknown): Trouble {
  if (error instanceof Busy) return 503
  if (error instanceof HTTPException && TROUBLES.has(error.status)) return error.status as Trouble
  return 500
}

/** The app as a listener of `node:http`. */
export function listenerOf(app: Hono<Env>): ReturnType<typeof getRequestListener> {
  return getRequestListener(app.fetch)
}
