import { Hono } from 'hono'
import { compress } from 'hono/compress'
import type { Context } from '../context.ts'
import { assets } from '../http/assets.ts'
import { paragraph } from '../http/page/parts.ts'
import { type Env, type Request, withFacts } from '../http/request.ts'
import { isSameTag } from '../http/same-tag.ts'
import { showPage } from '../http/show.ts'
import { sayTrouble } from '../http/trouble.ts'
import { countRequests } from '../observe/count-requests.ts'
import { ARGON2ID_POLICY, isArgon2idScript, sitePolicy } from './policies.ts'
import type { Site, SiteFile } from './read-site.ts'

const OFF = ['display-capture', 'geolocation', 'hid', 'microphone', 'midi', 'payment', 'serial', 'usb', 'xr-spatial-tracking']
const SENSORS_OFF = ['accelerometer', 'gyroscope', 'idle-detection', 'local-fonts', 'magnetometer', 'screen-wake-lock', 'sync-xhr']
/** The camera reads QR codes. */
const PERMISSIONS = ['camera=(self)', ...[...OFF, ...SENSORS_OFF].map((feature) => `${feature}=()`)].join(', ')
const NO_STORE = 'no-store'

/**
 * The token origin: the files of the token app, and what the app must know of this installation. Nothing is asked of it but these: it takes no
 * data, and a ticket stands in the fragment of a link to it, which browsers never send. `site` is undefined where the app was not built.
 */
export function tokenPlace(ctx: Context, site: Site | undefined): Hono<Env> {
  const app = new Hono<Env>()
  if (site === undefined) ctx.log.warn('the token app is not built: the token origin has nothing to serve before `npm run build`')
  app.use(compress())
  app.use(withFacts(ctx))
  app.use(countRequests(ctx, 'token'))
  app.use(async (request, next) => {
    await next()
    setHeaders(request, ctx)
  })
  app.use(async (request, next) => (isReading(request) ? next() : refuseMethod(request, ctx)))
  app.get('/config.json', (request) => request.json(settingsOf(ctx), 200, { 'cache-control': NO_STORE }))
  app.get('*', async (request, next) => {
    const file = site?.get(request.req.path)
    return file === undefined ? next() : serve(request, file)
  })
  // What is not the app's is said in a page as the site's are, with its style sheet.
  app.route('/assets', assets())
  if (site === undefined) app.get('*', (request) => sayUnbuilt(request, ctx))
  app.notFound((request) => sayTrouble(request, ctx.config, 404))
  app.onError((error, request) => {
    ctx.log.error({ err: error, request: request.get('facts')?.id }, 'a request to the token origin failed')
    return sayTrouble(request, ctx.config, 500)
  })
  return app
}

/** What the app cannot know by itself. The `Date` of the answer tells it the time. */
function settingsOf({ config }: Context): { loginUrl: string; name: string; helpDesk: string } {
  return { loginUrl: config.login.url, name: config.organisation.name, helpDesk: config.organisation.helpDesk }
}

function isReading(request: Request): boolean {
  return request.req.method === 'GET' || request.req.method === 'HEAD'
}

function serve(request: Request, file: SiteFile): Response {
  const headers = { etag: file.tag, 'cache-control': file.cache, 'content-type': file.type }
  return isSameTag(request.req.header('if-none-match'), file.tag) ? request.body(null, 304, headers) : request.body(file.body, 200, headers)
}

function refuseMethod(request: Request, { config }: Context): Promise<Response> {
  request.header('allow', 'GET, HEAD')
  return sayTrouble(request, config, 405)
}

async function sayUnbuilt(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  const page = await showPage(request, ctx, { title: texts('token-place.unbuilt'), body: paragraph(texts('token-place.build')) })
  return new Response(page.body, { status: 503, headers: page.headers })
}

function setHeaders(request: Request, { config }: Context): void {
  const { headers } = request.res
  headers.set('content-security-policy', isArgon2idScript(request.req.path) ? ARGON2ID_POLICY : sitePolicy(config.login.url))
  headers.set('permissions-policy', PERMISSIONS)
  headers.set('referrer-policy', 'no-referrer')
  headers.set('x-content-type-options', 'nosniff')
  headers.set('x-frame-options', 'DENY')
  headers.set('cross-origin-opener-policy', 'same-origin')
  headers.set('cross-origin-resource-policy', 'same-origin')
  if (!headers.has('cache-control')) headers.set('cache-control', NO_STORE)
  if (config.token.url.startsWith('https:')) headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
}
