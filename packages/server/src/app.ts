import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { accountPages } from './account/pages.ts'
import { undoChanges } from './account/undo-changes.ts'
import { actionPages } from './actions/action-pages.ts'
import { tokensWaitUntil } from './actions/tokens-wait-until.ts'
import { activationPages } from './activation/pages.ts'
import type { Context } from './context.ts'
import { enrolmentPages } from './enrolment/pages.ts'
import { firstAdminPages } from './first-admin/pages.ts'
import { forgottenPasswordPages } from './forgotten-password/pages.ts'
import { Busy } from './hashing/in-lane.ts'
import { assets } from './http/assets.ts'
import { withHeaders } from './http/headers.ts'
import { limitBody } from './http/limit-body.ts'
import { type Env, withFacts } from './http/request.ts'
import { sameOriginForms } from './http/same-origin.ts'
import { sayTrouble, type Trouble } from './http/trouble.ts'
import { noticePages } from './notices/pages.ts'
import { countRequests } from './observe/count-requests.ts'
import { selfAdministrationPages } from './self-administration/pages.ts'
import { signInPages } from './sign-in/pages.ts'
import { requireSession } from './sign-in/require-sign-in.ts'

const LARGEST_BODY = 64 * 1024
const TROUBLES: ReadonlySet<number> = new Set<Trouble>([400, 403, 404, 405, 413, 415, 429, 503])

/** The map of the login origin: one line a capability. `doors` are those that programs use, without cookies and forms; `pages` those of federation. */
export function makeApp(ctx: Context, { doors, pages }: { doors: readonly Hono<Env>[]; pages: readonly Hono<Env>[] }): Hono<Env> {
  const app = new Hono<Env>()
  app.use(withFacts(ctx))
  app.use(countRequests(ctx, 'login'))
  for (const door of doors) app.route('/', door)
  app.use(withHeaders(ctx.config))
  app.use(limitBody(LARGEST_BODY, (request) => sayTrouble(request, ctx.config, 413)))
  app.route('/assets', assets())
  app.use(sameOriginForms(ctx.config))
  app.get('/', (request) => request.redirect('/account', 303))
  app.route('/', signInPages(ctx))
  app.route('/', firstAdminPages(ctx))
  app.route('/', enrolmentPages(ctx))
  app.route('/', activationPages(ctx))
  app.route('/', selfAdministrationPages(ctx))
  app.route('/', forgottenPasswordPages(ctx))
  app.route('/', accountPages(ctx))
  app.route('/', actionPages(accountDesk(ctx)))
  app.route('/', noticePages(ctx, undoChanges(ctx)))
  for (const page of pages) app.route('/', page)
  app.notFound((request) => sayTrouble(request, ctx.config, 404))
  app.onError((error, request) => {
    const status = statusOf(error)
    if (status === 500) ctx.log.error({ err: error, request: request.get('facts')?.id }, 'a request failed')
    return sayTrouble(request, ctx.config, status)
  })
  return app
}

/** `My account` offers what self-administration does, behind a fresh second factor. */
function accountDesk(ctx: Context): Parameters<typeof actionPages>[0] {
  return {
    ctx,
    from: 'account',
    prefix: '/account',
    home: '/account',
    guard: requireSession(ctx, { freshSecondFactor: true }),
    tokensWaitUntil: (_request, session) => tokensWaitUntil(ctx, session),
  }
}

function statusOf(error: unknown): Trouble {
  if (error instanceof Busy) return 503
  return error instanceof HTTPException && isTrouble(error.status) ? error.status : 500
}

function isTrouble(status: number): status is Trouble {
  return TROUBLES.has(status)
}
