import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Context } from '../context.ts'
import { assets } from '../http/assets.ts'
import type { Html } from '../http/page/html.ts'
import { linkButton, notePanel, paragraph } from '../http/page/parts.ts'
import { type Env, withFacts } from '../http/request.ts'
import { showPage } from '../http/show.ts'
import { sayTrouble } from '../http/trouble.ts'

/** Nothing but this origin's own style sheet and script, which reads no address and asks no server. */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; connect-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
const COMMAND = 'npx latchkey token add NAME --serial SERIAL'

/**
 * The token origin: one page that says which soft token this installation has, and the login URL for a token app.
 * A ticket stands in the fragment of a link to it, which browsers never send.
 */
export function tokenPlace(ctx: Context): Hono<Env> {
  const app = new Hono<Env>()
  app.use(withFacts(ctx))
  app.use(async (request, next) => {
    await next()
    setHeaders(request.res.headers, ctx.config.token.url.startsWith('https:'))
  })
  app.use(async (request, next) =>
    request.req.method === 'GET' || request.req.method === 'HEAD' ? next() : sayTrouble(request, ctx.config, 405),
  )
  app.route('/assets', assets())
  app.get('/config.json', (request) => request.json({ loginUrl: ctx.config.login.url }))
  app.get('/', (request) => {
    const { texts } = request.get('facts')
    return showPage(request, ctx, {
      title: texts('token-place.title'),
      lead: texts('token-place.lead'),
      body: [
        paragraph(texts('token-place.how')),
        commandBox(),
        paragraph(texts('token-place.then')),
        notePanel(texts('token-place.ticket')),
        html`<p>${linkButton(ctx.config.login.url, texts('token-place.back'))}</p>`,
      ],
    })
  })
  app.notFound((request) => sayTrouble(request, ctx.config, 404))
  app.onError((error, request) => {
    ctx.log.error({ err: error, request: request.get('facts')?.id }, 'a request to the token origin failed')
    return sayTrouble(request, ctx.config, 500)
  })
  return app
}

/** Lines break between words only: an option stays whole. */
function commandBox(): Html {
  const words = COMMAND.split(' ').map((word, index) => html`${index === 0 ? '' : ' '}<span class="code-part">${word}</span>`)
  return html`<div class="code-block"><div class="code">${words}</div></div>`
}

function setHeaders(headers: Headers, secure: boolean): void {
  headers.set('content-security-policy', POLICY)
  headers.set('referrer-policy', 'no-referrer')
  headers.set('x-content-type-options', 'nosniff')
  headers.set('x-frame-options', 'DENY')
  headers.set('cross-origin-opener-policy', 'same-origin')
  headers.set('cross-origin-resource-policy', 'same-origin')
  headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  if (secure) headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
}
