import { Hono } from 'hono'
import { passwordStep, takePassword } from '../actions/password-step.ts'
import { questionsStep, takeQuestions } from '../actions/questions-step.ts'
import { recoveryCodesStep, renewCodes, takeSaved } from '../actions/recovery-codes-step.ts'
import { letActivate } from '../activation/activating.ts'
import { enrolmentSteps } from '../activation/steps.ts'
import type { Context } from '../context.ts'
import { dropCookie, readCookie, writeCookie } from '../http/cookies.ts'
import { form, linkButton, links, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import type { ActivationId, UserId } from '../ids.ts'
import { findLink } from '../links/find-link.ts'
import type { Session } from '../session.ts'
import { findSession } from '../sessions/find-session.ts'
import { sessionCookie, sessionSecretOf } from '../sessions/session-cookie.ts'
import { shownOnce } from '../shown-once/show-once.ts'
import { requireSession } from '../sign-in/require-sign-in.ts'
import { DEVICE, keepSession } from '../sign-in/this-sign-in.ts'
import { findActivation, findEndedActivation } from '../tokens/find-activation.ts'
import { issueToken } from '../tokens/issue-token.ts'
import { findUser } from '../users/find-user.ts'
import { beginEnrolment } from './begin-enrolment.ts'
import { completeEnrolment } from './complete-enrolment.ts'
import { type Step, unfinishedStep } from './unfinished-step.ts'

/** From an invitation to a working token. */
export function enrolmentPages(ctx: Context): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get('/welcome/:link', (request) => showWelcome(request, ctx))
  pages.post('/welcome/:link', (request) => takeWelcome(request, ctx))
  pages.get('/enrolment', (request) => atStep(request, ctx, undefined, () => goTo(request, '/enrolment')))
  pages.get('/enrolment/security-questions', (request) =>
    atStep(request, ctx, 'security-questions', () => {
      const { texts } = request.get('facts')
      const flash = flashFor(request, ctx)
      const body = questionsStep(request, '/enrolment/security-questions', flash)
      return showPage(
        request,
        ctx,
        {
          title: texts('questions.title'),
          lead: texts('questions.lead'),
          steps: enrolmentSteps(texts, ctx, 'enrolment.step.questions'),
          body,
        },
        flash,
      )
    }),
  )
  pages.post('/enrolment/security-questions', (request) =>
    atStep(request, ctx, 'security-questions', async (session) => {
      const refusal = await takeQuestions(request, ctx, { user: session.user, session: session.id }, [session.id])
      if (refusal === 'session-over') return goTo(request, '/sign-in')
      return refusal === undefined ? goOn(request, ctx, session) : goBack(request, ctx, '/enrolment/security-questions', refusal)
    }),
  )
  pages.get('/enrolment/recovery-codes', (request) =>
    atStep(request, ctx, 'recovery-codes', (session) => showRecoveryCodes(request, ctx, session)),
  )
  pages.post('/enrolment/recovery-codes', (request) =>
    atStep(request, ctx, 'recovery-codes', async (session) => {
      const refusal = await takeSaved(request, ctx, { user: session.user, session: session.id })
      return refusal === undefined ? goOn(request, ctx, session) : goBack(request, ctx, '/enrolment/recovery-codes', refusal)
    }),
  )
  pages.post('/enrolment/recovery-codes/renew', (request) =>
    atStep(request, ctx, 'recovery-codes', (session) => goOn(request, ctx, session)),
  )
  pages.get('/enrolment/soft-token', (request) => atStep(request, ctx, 'soft-token', (session) => enterToken(request, ctx, session)))
  pages.post('/enrolment/soft-token', (request) => atStep(request, ctx, 'soft-token', (session) => goOn(request, ctx, session)))
  pages.get('/enrolment/all-set', requireSession(ctx, { freshSecondFactor: false }), (request) => showAllSet(request, ctx))
  return pages
}

/** Each page is there while its step is the first unfinished one; any other address leads to that. */
async function atStep(
  request: Request,
  ctx: Context,
  step: Step | undefined,
  answer: (session: Session) => Response | Promise<Response>,
): Promise<Response> {
  const secret = sessionSecretOf(ctx.config, request.req.header('cookie'), 'enrolment')
  const session = await findSession(ctx, 'enrolment', secret)
  if (session === undefined) return goTo(request, '/sign-in')
  const unfinished = await unfinishedStep(ctx, session.user)
  if (unfinished === undefined) return complete(request, ctx, session)
  return unfinished === step ? answer(session) : goTo(request, `/enrolment/${unfinished}`)
}

/** To the next step, for which a form makes what its page shows: looking at a page makes nothing. */
async function goOn(request: Request, ctx: Context, session: Session): Promise<Response> {
  const { user, id } = session
  const step = await unfinishedStep(ctx, user)
  if (step === 'recovery-codes' && (await shownOnce(ctx, id, 'recovery-codes')) === undefined)
    await renewCodes(request, ctx, { user, session: id })
  const label = request.get('facts').texts('recreate.label')
  if (step === 'soft-token' && (await begunToken(ctx, user)) === undefined) await issueToken(ctx, callerOf(request), user, { label })
  return goTo(request, '/enrolment')
}

async function begunToken(ctx: Context, user: UserId): Promise<ActivationId | undefined> {
  return ((await findActivation(ctx, user)) ?? (await findEndedActivation(ctx, user)))?.id
}

async function complete(request: Request, ctx: Context, session: Session): Promise<Response> {
  const secret = await completeEnrolment(ctx, callerOf(request), session)
  dropCookie(request, ctx.config, sessionCookie('enrolment'))
  if (secret === undefined) return goTo(request, '/sign-in')
  writeCookie(request, ctx.config, sessionCookie('sign-in'), secret)
  return goTo(request, '/enrolment/all-set')
}

async function showWelcome(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  const secret = request.req.param('link') ?? ''
  const link = await findLink(ctx, 'enrolment', secret)
  const person = link?.user === undefined ? undefined : await findUser(ctx, link.user)
  if (person === undefined) return showOver(request, ctx)
  const flash = flashFor(request, ctx)
  return showPage(
    request,
    ctx,
    {
      title: texts('welcome.title'),
      lead: texts('welcome.lead', { name: person.displayName, user: person.loginName }),
      steps: enrolmentSteps(texts, ctx, 'enrolment.step.password'),
      body: passwordStep(request, ctx, `/welcome/${secret}`, flash),
    },
    flash,
  )
}

function showOver(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  return showPage(request, ctx, {
    title: texts('welcome.over'),
    lead: texts('welcome.over.lead', { helpDesk: ctx.config.organisation.helpDesk }),
    body: linkButton('/sign-in', texts('welcome.sign-in'), 'primary'),
    status: 404,
  })
}

async function takeWelcome(request: Request, ctx: Context): Promise<Response> {
  const secret = request.req.param('link') ?? ''
  const link = await findLink(ctx, 'enrolment', secret)
  if (link?.user === undefined) return showOver(request, ctx)
  const refusal = await takePassword(request, ctx, link.user, { spend: { purpose: 'enrolment', secret } })
  if (refusal !== undefined) return goBack(request, ctx, `/welcome/${secret}`, refusal)
  const begun = await beginEnrolment(ctx, callerOf(request), link.user, readCookie(request, ctx.config, DEVICE))
  keepSession(request, ctx, 'enrolment', begun)
  const session = await findSession(ctx, 'enrolment', begun.secret)
  return session === undefined ? goTo(request, '/enrolment') : goOn(request, ctx, session)
}

async function showRecoveryCodes(request: Request, ctx: Context, session: Session): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  const page = '/enrolment/recovery-codes'
  const title = texts('recovery-codes.title')
  const steps = enrolmentSteps(texts, ctx, 'enrolment.step.codes')
  const shown = (await shownOnce(ctx, session.id, 'recovery-codes'))?.split('\n')
  if (shown === undefined) {
    const body = form({ action: `${page}/renew`, checking: texts('checking'), body: primaryButton(texts('recovery-codes.renew')) })
    return showPage(request, ctx, { title, steps, body }, flash)
  }
  const body = await recoveryCodesStep(request, ctx, session.user, page, shown, flash)
  return showPage(request, ctx, { title, lead: texts('recovery-codes.lead'), steps, body }, flash)
}

/** To the first token, if one is under way; whoever came back to an enrolment asks for it here. */
async function enterToken(request: Request, ctx: Context, session: Session): Promise<Response> {
  const { texts } = request.get('facts')
  const activation = await begunToken(ctx, session.user)
  if (activation !== undefined) {
    letActivate(request, ctx, { user: session.user, session: session.id, activation, from: 'enrolment' })
    return goTo(request, '/soft-token')
  }
  const body = form({ action: '/enrolment/soft-token', checking: texts('checking'), body: primaryButton(texts('activation.new-codes')) })
  return showPage(request, ctx, { title: texts('activation.title'), steps: enrolmentSteps(texts, ctx, 'enrolment.step.token'), body })
}

async function showAllSet(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  return showPage(request, ctx, {
    title: texts('all-set.title'),
    lead: texts('all-set.lead'),
    body: [
      ...(ctx.config.portal.enabled ? [linkButton(`${ctx.config.portal.url}/dashboard`, texts('all-set.portal'), 'primary')] : []),
      links([{ href: '/account', text: texts('all-set.account') }]),
    ],
  })
}
