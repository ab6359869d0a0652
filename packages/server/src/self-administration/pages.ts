import { Hono } from 'hono'
import { z } from 'zod'
import { actionPages } from '../actions/action-pages.ts'
import type { Desk } from '../actions/desk.ts'
import { tokensWaitUntil } from '../actions/tokens-wait-until.ts'
import { letActivate } from '../activation/activating.ts'
import type { Context } from '../context.ts'
import { readCookie, writeCookie } from '../http/cookies.ts'
import { readForm } from '../http/form.ts'
import { type Action, actionList } from '../http/page/lists.ts'
import { links } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { sayDuration } from '../http/say.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { admitPassword } from '../passwords/admit-password.ts'
import { proofPages } from '../proofs/pages.ts'
import type { Proving, ProvingPlace } from '../proofs/proving.ts'
import type { Session } from '../session.ts'
import { findSession } from '../sessions/find-session.ts'
import { sessionCookie, sessionSecretOf } from '../sessions/session-cookie.ts'
import { passwordForm } from '../sign-in/password-form.ts'
import { DEVICE } from '../sign-in/this-sign-in.ts'
import { findActivation } from '../tokens/find-activation.ts'
import { listTokens } from '../tokens/list-tokens.ts'
import { findUser } from '../users/find-user.ts'
import { stateOf } from './flow.ts'
import { logIn } from './log-in.ts'
import { open } from './open.ts'

const HOME = '/self-administration/actions'
const CONFIRM = '/self-administration/confirm'
const LOGIN = '/self-administration'
const LoginForm = z.object({ name: z.string().max(320), password: z.string().max(4096) })

/** The second way in, for whoever has lost the token or locked it. */
export function selfAdministrationPages(ctx: Context): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get(LOGIN, (request) => showLogin(request, ctx))
  pages.post(LOGIN, (request) => takeLogin(request, ctx))
  pages.route('/', proofPages(confirmPlace(ctx)))
  const desk = deskOf(ctx)
  pages.get(HOME, desk.guard, (request) => showActions(request, ctx))
  return pages.route('/', actionPages(desk))
}

function sessionOfRequest(request: Request, ctx: Context): Promise<Session | undefined> {
  return findSession(ctx, 'self-administration', sessionSecretOf(ctx.config, request.req.header('cookie'), 'self-administration'))
}

async function showLogin(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  return showPage(
    request,
    ctx,
    {
      title: texts('self-administration.title'),
      lead: texts('self-administration.lead'),
      body: [
        passwordForm(request, { action: LOGIN, button: texts('self-administration.button'), flash }),
        links([
          { href: '/forgotten-password', text: texts('self-administration.forgotten') },
          { href: '/sign-in', text: texts('self-administration.back') },
        ]),
      ],
    },
    flash,
  )
}

async function takeLogin(request: Request, ctx: Context): Promise<Response> {
  const { address, texts } = request.get('facts')
  const device = readCookie(request, ctx.config, DEVICE)
  await admitPassword(address, device)
  const { name, password } = await readForm(request, LoginForm)
  const answered = await logIn(ctx, callerOf(request), { name, password, device })
  switch (answered.outcome) {
    case 'logged-in':
      writeCookie(request, ctx.config, sessionCookie('self-administration'), answered.secret)
      return goTo(request, CONFIRM)
    case 'enrolment':
      writeCookie(request, ctx.config, sessionCookie('enrolment'), answered.secret)
      return goTo(request, '/enrolment')
    case 'wrong':
      return goBack(request, ctx, LOGIN, { kind: 'refusal', text: 'sign-in.wrong', typed: { name } })
    case 'waiting':
      return goBack(request, ctx, LOGIN, {
        kind: 'refusal',
        text: 'sign-in.waiting',
        values: { wait: sayDuration(texts, answered.until - ctx.now()) },
        typed: { name },
      })
  }
}

function confirmPlace(ctx: Context): ProvingPlace {
  return {
    ctx,
    route: CONFIRM,
    enter: async (request) => {
      const session = await sessionOfRequest(request, ctx)
      const state = stateOf(session)
      if (session === undefined || state === 'ended') return goTo(request, LOGIN)
      if (state === 'open') return goTo(request, HOME)
      return { user: session.user, session: session.id, prefix: CONFIRM, proofs: ctx.config.recovery.proofs } satisfies Proving
    },
    proved: async (request, _proving, proof) => {
      const session = await sessionOfRequest(request, ctx)
      if (session === undefined) return goTo(request, LOGIN)
      const secret = await open(ctx, callerOf(request), session, proof)
      if (secret === undefined) return goTo(request, CONFIRM)
      writeCookie(request, ctx.config, sessionCookie('self-administration'), secret)
      return resume(request, ctx, { ...session, proof })
    },
  }
}

/** An activation that is under way goes on, unless what was proved opens no token now. */
async function resume(request: Request, ctx: Context, session: Session): Promise<Response> {
  if ((await tokensWaitUntil(ctx, session)) !== undefined) return goTo(request, HOME)
  const activation = await findActivation(ctx, session.user)
  if (activation === undefined) return goTo(request, HOME)
  letActivate(request, ctx, { user: session.user, session: session.id, activation: activation.id, from: 'self-administration' })
  return goTo(request, '/soft-token')
}

function deskOf(ctx: Context): Desk {
  return {
    ctx,
    from: 'self-administration',
    prefix: LOGIN,
    home: HOME,
    guard: async (request, next) => {
      const session = await sessionOfRequest(request, ctx)
      const state = stateOf(session)
      if (session === undefined || state === 'ended') return goBack(request, ctx, LOGIN, { kind: 'note', text: 'self-administration.over' })
      if (state === 'confirm') return goTo(request, CONFIRM)
      request.set('session', session)
      return next()
    },
    tokensWaitUntil: (_request, session) => tokensWaitUntil(ctx, session),
  }
}

async function showActions(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  const session = request.get('session')
  const person = await findUser(ctx, session.user)
  const wait = sayDuration(texts, session.expiresAt - ctx.now())
  return showPage(
    request,
    ctx,
    {
      title: texts('actions.title'),
      lead: texts('actions.lead', { name: person?.displayName ?? '', wait }),
      body: [actionList(await actionsFor(request, ctx)), links([{ href: doneAt(ctx.config), text: texts('link.done') }])],
    },
    flashFor(request, ctx),
  )
}

/** Whoever came from the portal goes back there; where there is none, to the account. */
function doneAt({ portal, login }: Context['config']): string {
  return portal.enabled ? `${portal.url}/dashboard` : `${login.url}/account`
}

/** Only what applies to this person now. */
async function actionsFor(request: Request, ctx: Context): Promise<Action[]> {
  const { texts } = request.get('facts')
  const { user } = request.get('session')
  const waits = (await tokensWaitUntil(ctx, request.get('session'))) !== undefined
  const tokens = await listTokens(ctx, user)
  const lockable = tokens.some(({ state }) => state === 'active')
  const recreate: Action = {
    href: `${LOGIN}/recreate`,
    icon: 'refresh-cw',
    title: texts('actions.recreate'),
    detail: texts('actions.recreate.detail'),
  }
  const unlock: Action = {
    href: `${LOGIN}/unlock`,
    icon: 'lock-open',
    title: texts('actions.locked'),
    detail: texts('actions.locked.detail'),
  }
  const questions: Action = { href: `${LOGIN}/security-questions`, icon: 'message-circle-question-mark', title: texts('actions.questions') }
  const codes: Action = { href: `${LOGIN}/recovery-codes`, icon: 'list-ordered', title: texts('actions.codes') }
  return [
    ...(waits ? [] : [recreate]),
    ...(waits || !lockable ? [] : [unlock]),
    ...(!waits && ctx.config.recovery.proofs.includes('security-questions') ? [questions] : []),
    { href: `${LOGIN}/password`, icon: 'key-round', title: texts('actions.password') },
    ...(waits ? [] : [codes]),
  ]
}
