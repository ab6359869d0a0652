import { Hono } from 'hono'
import { stopActivating } from '../activation/activating.ts'
import type { Context } from '../context.ts'
import { links } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { goBack, goTo, showPage } from '../http/show.ts'
import { isId } from '../ids.ts'
import { endSession } from '../sessions/end-session.ts'
import { signOutHere } from '../sessions/sign-out-here.ts'
import { requireSession } from '../sign-in/require-sign-in.ts'
import type { Guard } from './pages.ts'
import { signOutElsewhere } from './sign-out-elsewhere.ts'

const HOME = '/account'
const SIGNED_OUT = '/account/signed-out'

/** Signing out: here, of one of the others, of all the others. */
export function sessionPages(ctx: Context, guard: Guard): Hono<Env> {
  const pages = new Hono<Env>()
  // Whoever wants to leave is not asked for a second factor.
  pages.post('/account/sign-out', requireSession(ctx, { freshSecondFactor: false, home: SIGNED_OUT }), (request) => signOut(request, ctx))
  pages.get(SIGNED_OUT, (request) => showSignedOut(request, ctx))
  pages.post('/account/sessions/end-others', guard, async (request) => {
    await signOutElsewhere(request, ctx)
    return goBack(request, ctx, HOME, { kind: 'done', text: 'account.sessions.others-ended' })
  })
  pages.post('/account/sessions/:session/end', guard, async (request) => {
    const session = request.req.param('session')
    const own = request.get('session')
    if (session === own.id) return signOut(request, ctx)
    const ended = isId('ses', session) && (await endSession(ctx, callerOf(request), session, own.user))
    // Another person's session is an unknown one.
    return goBack(
      request,
      ctx,
      HOME,
      ended ? { kind: 'done', text: 'account.sessions.ended' } : { kind: 'refusal', text: 'account.sessions.unknown' },
    )
  })
  return pages
}

async function signOut(request: Request, ctx: Context): Promise<Response> {
  await signOutHere(request, ctx, callerOf(request), request.get('session'))
  stopActivating(request, ctx)
  return goTo(request, SIGNED_OUT)
}

function showSignedOut(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  const href = ctx.config.portal.enabled ? `${ctx.config.portal.url}/` : HOME
  return showPage(request, ctx, {
    title: texts('account.signed-out.title'),
    lead: texts('account.signed-out.lead'),
    body: links([{ href, text: texts('account.signed-out.again') }]),
  })
}
