import { Hono } from 'hono'
import type { Context } from '../context.ts'
import { assets } from '../http/assets.ts'
import { paragraph } from '../http/page/parts.ts'
import { type Env, type Request, withFacts } from '../http/request.ts'
import { showPage } from '../http/show.ts'
import { sayTrouble } from '../http/trouble.ts'
import { policyOf } from './policy.ts'
import type { Site, SiteFile } from './read-site.ts'

const FOR_EVER = 'public, max-age=31536000, immutable'

/** The token origin: the soft token's files, and where people sign in. It keeps nothing and takes nothing; a ticket stands in a fragment, which browsers never send. */
export function tokenPlace(ctx: Context, site: Site | undefined): Hono<Env> {
  const app = new Hono<Env>()
  app.use(withFacts(ctx))
  app.use(async (request, next) => {
    await next()
    setHeaders(request.res.headers, request.req.path, ctx)
  })
  app.use(async (request, next) =>
    request.req.method === 'GET' || request.req.method === 'HEAD' ? next() : sayTrouble(request, ctx.config, 405),
  )
  app.get('/config.json', (request) => request.json({ loginUrl: ctx.config.login.url, name: ctx.config.organisation.name }))
  app.get('*', async (request, next) => {
    const file = site?.get(request.req.path)
    return file === undefined ? next() : send(request, file)
  })
  app.route('/assets', assets())
  app.get('/', (request) => sayNotBuilt(request, ctx))
  app.notFound((request) => sayTrouble(request, ctx.config, 404))
  app.onError((error, request) => {
    ctx.log.error({ err: error, request: request.get('facts')?.id }, 'a request to the token origin failed')
    return sayTrouble(request, ctx.config, 500)
  })
  return app
}

function send(request: Request, { body, type, tag, fixed }: SiteFile): Response {
  const headers = { etag: tag, 'cache-control': fixed ? FOR_EVER : 'no-cache', 'content-type': type }
  return request.req.header('if-none-match') === tag ? request.body(null, 304, headers) : request.body(body, 200, headers)
}

async function sayNotBuilt(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  const page = await showPage(request, ctx, { title: texts('token-place.title'), body: paragraph(texts('token-place.not-built')) })
  return new Response(page.body, { status: 503, headers: page.headers })
}

function setHeaders(headers: Headers, path: string, { config }: Context): void {
  headers.set('content-security-policy', policyOf(path, config.login.url))
  headers.set('referrer-policy', 'no-referrer')
  headers.set('x-content-type-options', 'nosniff')
  headers.set('x-frame-options', 'DENY')
  headers.set('cross-origin-opener-policy', 'same-origin')
  headers.set('cross-origin-resource-policy', 'same-origin')
  headers.set('permissions-policy', 'camera=(self), geolocation=(), microphone=(), payment=(), usb=()')
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  if (config.token.url.startsWith('https:')) headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
}
