import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { Portal, Request, RequestEnv } from './context.ts'
import { requireForm, requireOwnOrigin } from './doors/accept-posts.ts'
import { logRequests } from './doors/log-requests.ts'
import { secureHeaders } from './doors/secure-headers.ts'
import { serveAsset } from './http/assets.ts'
import { dashboardPage } from './pages/dashboard-page.ts'
import { frontPage } from './pages/front-page.ts'
import { showNotice } from './pages/show-notice.ts'
import { TO_SIGN_IN } from './sessions/rules.ts'
import { finishSignIn } from './sign-in/finish.ts'
import { requireSecondFactor } from './sign-in/require-second-factor.ts'
import { requireSession } from './sign-in/require-session.ts'
import { startSignIn } from './sign-in/start.ts'
import { backChannelLogout } from './sign-out/back-channel-logout.ts'
import { signOut } from './sign-out/sign-out.ts'

const LARGEST_BODY = 16 * 1024
/** From server to server: the one POST that no page of ours sends. */
const BACK_CHANNEL = '/backchannel-logout'
/** How long a second factor is fresh for what changes something. */
const SECOND_FACTOR_SECONDS = 600

/** The map of the portal: every address that it answers. */
export function createApp(portal: Portal): Hono<RequestEnv> {
  const app = new Hono<RequestEnv>()
  useGuards(app, portal)
  app.get('/', (c) => c.html(frontPage(portal.assets)))
  app.get('/sign-in', (c) => startSignIn(portal, c, { demand: TO_SIGN_IN, returnPath: '/dashboard' }))
  app.get('/callback', (c) => finishSignIn(portal, c))
  app.get('/dashboard', requireSession(portal), (c) => c.html(dashboardPage(portal.assets, c.var.session)))
  app.get('/manage-account', requireSecondFactor(portal, { maxAgeSeconds: SECOND_FACTOR_SECONDS }), (c) =>
    c.redirect(portal.config.accountUrl, 303),
  )
  app.post('/sign-out', requireForm(portal), (c) => signOut(portal, c))
  app.post(BACK_CHANNEL, requireForm(portal), (c) => backChannelLogout(portal, c))
  app.get('/assets/:name', (c) => serveAsset(portal.assets, c, c.req.param('name')) ?? showNotice(portal, c, 'not-found'))
  return app
}

function useGuards(app: Hono<RequestEnv>, portal: Portal): void {
  app.use(logRequests(portal), secureHeaders(portal.config))
  app.use(methodNotAllowed({ app, onMethodNotAllowed: (c, methods) => wrongMethod(portal, c, methods) }))
  app.use(requireOwnOrigin(portal, BACK_CHANNEL))
  app.use(bodyLimit({ maxSize: LARGEST_BODY, onError: (c) => showNotice(portal, c, 'too-large') }))
  app.notFound((c) => showNotice(portal, c, 'not-found'))
  app.onError((error, c) => {
    c.var.log.error({ error: { name: error.name, stack: error.stack } }, 'a request failed')
    return showNotice(portal, c, 'broken')
  })
}

function wrongMethod(portal: Portal, c: Request, methods: string[]): Promise<Response> {
  c.header('Allow', methods.join(', '))
  return showNotice(portal, c, 'wrong-method')
}
