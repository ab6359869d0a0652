import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import type Provider from 'oidc-provider'
import type { Context } from '../../context.ts'
import { browserOf } from '../../http/browser-cookie.ts'
import type { Env, Request } from '../../http/request.ts'
import type { Session } from '../../session.ts'
import { findSession } from '../../sessions/find-session.ts'
import { sessionSecretOf } from '../../sessions/session-cookie.ts'
import { startSignIn } from '../../sign-in/start-sign-in.ts'
import { showOver } from '../../sign-in/this-sign-in.ts'
import { askedBy } from './asked.ts'
import { policyOf } from './clients.ts'
import { interactionCookie } from './configure.ts'
import type { LiveProvider } from './live-provider.ts'
import { loginOf } from './our-session.ts'
import { sinceOf } from './policy.ts'
import { judge, type Verdict, type Wish, wantsSecondFactor, wishOf } from './rules.ts'

/** Whoever comes back this often without what is asked for will not bring it the next time. */
const MOST_SIGN_INS = 5

type Interaction = InstanceType<Provider['Interaction']>
type Result = NonNullable<Interaction['result']>

/** Where the library sends a person who has to sign in, and where the sign-in sends them back. */
export function interactionPages(ctx: Context, live: LiveProvider): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get('/oidc/interaction/:uid', (request) => withInteraction(request, ctx, live, go))
  // The same question again, to the session as it is now: nothing in the address is believed.
  pages.get('/oidc/interaction/:uid/resume', (request) => withInteraction(request, ctx, live, go))
  pages.get('/oidc/interaction/:uid/abort', (request) =>
    withInteraction(request, ctx, live, (_, __, interaction) =>
      finish(request, interaction, { error: 'access_denied', error_description: 'the person went back' }),
    ),
  )
  return pages
}

type Then = (request: Request, ctx: Context, interaction: Interaction, live: LiveProvider) => Promise<Response>

/** An interaction belongs to the browser whose cookie names it. */
async function withInteraction(request: Request, ctx: Context, live: LiveProvider, then: Then): Promise<Response> {
  const uid = request.req.param('uid') ?? ''
  const named = getCookie(request, interactionCookie(ctx.config.login.url))
  const { provider } = await live.get()
  const interaction = named === uid ? await provider.Interaction.find(uid) : undefined
  return interaction === undefined ? showOver(request, ctx) : then(request, ctx, interaction, live)
}

async function go(request: Request, ctx: Context, interaction: Interaction, live: LiveProvider): Promise<Response> {
  // Relying parties are the administrator's own: there is nothing to consent to.
  if (interaction.prompt.name === 'consent') return finish(request, interaction, { ...interaction.lastSubmission, consent: {} })
  const since = sinceOf(interaction.result) ?? ctx.now()
  const clientId = String(interaction.params['client_id'])
  const wish = wishOf(askedBy(interaction.params), await policyOf(ctx, clientId), ctx.now(), since)
  const session = await findSession(ctx, 'sign-in', sessionSecretOf(ctx.config, request.req.header('cookie'), 'sign-in'))
  const verdict = judge(session, wish)
  if (session !== undefined && verdict === 'suffices') return finish(request, interaction, { since, login: loginResult(session) })
  const signIns = countOf(interaction.result)
  if (signIns >= MOST_SIGN_INS) return finish(request, interaction, refusal(verdict))
  interaction.result = { since, signIns: signIns + 1 }
  await interaction.persist()
  const { provider } = await live.get()
  const client = await provider.Client.find(clientId)
  return signIn(request, ctx, interaction, { wish, verdict, session, name: client?.clientName ?? clientId, since })
}

type Need = { wish: Wish; verdict: Verdict; session: Session | undefined; name: string; since: number }

async function signIn(request: Request, ctx: Context, interaction: Interaction, need: Need): Promise<Response> {
  const { wish, verdict, session, name } = need
  const redirectUri = interaction.params['redirect_uri']
  const flow = await startSignIn(ctx, {
    browser: browserOf(request, ctx),
    source: request.get('facts').address,
    returnTo: `/oidc/interaction/${interaction.uid}/resume`,
    relyingParty: name,
    formOrigin: typeof redirectUri === 'string' ? new URL(redirectUri).origin : undefined,
    wantsSecondFactor: wantsSecondFactor(wish),
    freshSince: wish.notBefore,
    // Somebody else is to sign in: not with this one's second factor.
    session: verdict === 'other-person' ? undefined : session,
  })
  return request.redirect(`/sign-in/${flow}`, 303)
}

function loginResult(session: Session) {
  const { loginTs: ts, ...login } = loginOf(session)
  return { ...login, ts, remember: false }
}

/** OpenID Connect Core, 3.1.2.6, and its `unmet_authentication_requirements`. */
function refusal(verdict: Verdict): Result {
  return verdict === 'second-factor'
    ? { error: 'unmet_authentication_requirements', error_description: 'what was asked for could not be reached' }
    : { error: 'login_required', error_description: 'the sign-in did not lead to the session that was asked for' }
}

function countOf(result: Result | undefined): number {
  const count = result?.['signIns']
  return typeof count === 'number' ? count : 0
}

/** The library goes on from its own record. It is not held to the session with which the request began: ours decides. */
async function finish(request: Request, interaction: Interaction, result: Result): Promise<Response> {
  interaction.result = result
  interaction.session = undefined
  await interaction.persist()
  return request.redirect(interaction.returnTo, 303)
}
