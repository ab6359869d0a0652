import { Hono } from 'hono'
import type Provider from 'oidc-provider'
import { z } from 'zod'
import { stopActivating } from '../../activation/activating.ts'
import type { Context } from '../../context.ts'
import { form, links, primaryButton } from '../../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../../http/request.ts'
import { sameOriginForms } from '../../http/same-origin.ts'
import { goTo, showPage } from '../../http/show.ts'
import type { Session } from '../../session.ts'
import { findSession } from '../../sessions/find-session.ts'
import { sessionSecretOf } from '../../sessions/session-cookie.ts'
import { signOutHere } from '../../sessions/sign-out-here.ts'
import type { LiveProvider } from './live-provider.ts'
import { sidOf } from './our-session.ts'

const CONFIRM = '/oidc/sign-out/confirm'
const DONE = '/oidc/sign-out/done'
const Once = z.string().max(16_384).optional()
const Asked = z.object({ id_token_hint: Once, post_logout_redirect_uri: Once, state: Once, client_id: Once })
type Asked = z.infer<typeof Asked>

/**
 * RP-Initiated Logout 1.0, in place of the library's. Whoever shows an ID Token of this very session is signed out and sent on at once;
 * for everybody else there is a page that asks, and no way from it to elsewhere.
 */
export function signOutPages(ctx: Context, live: LiveProvider): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get('/oidc/sign-out', async (request) => signOut(request, ctx, (await live.get()).provider))
  pages.post(CONFIRM, sameOriginForms(ctx.config), async (request) => {
    const session = await sessionHere(request, ctx)
    if (session !== undefined) await end(request, ctx, session)
    return goTo(request, DONE)
  })
  pages.get(DONE, (request) => {
    const { texts } = request.get('facts')
    const again = links([{ href: '/sign-in', text: texts('oidc.signed-out.again') }])
    return showPage(request, ctx, { title: texts('oidc.signed-out.title'), lead: texts('oidc.signed-out.lead'), body: again })
  })
  return pages
}

async function signOut(request: Request, ctx: Context, provider: Provider): Promise<Response> {
  const asked = Asked.safeParse(request.req.query())
  const hint = asked.success ? await readHint(provider, asked.data) : undefined
  if (!asked.success || hint === undefined) return ask(request, ctx)
  const target = targetOf(hint.client, asked.data)
  if (target === 'foreign') return ask(request, ctx)
  const session = await sessionHere(request, ctx)
  if (session !== undefined) {
    if (!isOf(ctx, session, hint)) return ask(request, ctx)
    await end(request, ctx, session)
  }
  return request.redirect(target ?? DONE, 303)
}

type Client = NonNullable<Awaited<ReturnType<Provider['Client']['find']>>>
type Hint = { client: Client; sub: unknown; sid: unknown }

/** An ID Token that we signed for this client, however old. Anything else is no hint. */
async function readHint(provider: Provider, { id_token_hint: token, client_id: named }: Asked): Promise<Hint | undefined> {
  const clientId = token === undefined ? undefined : audienceOf(token)
  if (token === undefined || clientId === undefined || (named !== undefined && named !== clientId)) return undefined
  try {
    const client = await provider.Client.find(clientId)
    if (client === undefined) return undefined
    const { payload } = await provider.IdToken.validate(token, client)
    return { client, sub: payload['sub'], sid: payload['sid'] }
  } catch {
    return undefined
  }
}

/** Not verified yet: it says by which client's rules the token is to be verified. */
function audienceOf(token: string): string | undefined {
  try {
    const { aud } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { aud?: unknown }
    return typeof aud === 'string' ? aud : undefined
  } catch {
    return undefined
  }
}

function isOf(ctx: Context, session: Session, { client, sub, sid }: Hint): boolean {
  return sub === session.user && (sid === undefined || sid === sidOf(ctx, session.id, client.clientId))
}

function targetOf(client: Client, { post_logout_redirect_uri: uri, state }: Asked): string | 'foreign' | undefined {
  if (uri === undefined) return undefined
  if (!client.postLogoutRedirectUriAllowed(uri)) return 'foreign'
  const target = new URL(uri)
  if (state !== undefined) target.searchParams.set('state', state)
  return target.href
}

function sessionHere(request: Request, ctx: Context): Promise<Session | undefined> {
  return findSession(ctx, 'sign-in', sessionSecretOf(ctx.config, request.req.header('cookie'), 'sign-in'))
}

async function end(request: Request, ctx: Context, session: Session): Promise<void> {
  await signOutHere(request, ctx, callerOf(request, 'oidc'), session)
  stopActivating(request, ctx)
}

function ask(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  const body = form({ action: CONFIRM, body: primaryButton(texts('oidc.sign-out.button')) })
  return showPage(request, ctx, { title: texts('oidc.sign-out.title'), lead: texts('oidc.sign-out.lead'), body })
}
