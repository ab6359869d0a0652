import { Hono } from 'hono'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { browserOf } from '../http/browser-cookie.ts'
import { readCookie } from '../http/cookies.ts'
import { readForm } from '../http/form.ts'
import { codeField } from '../http/page/fields.ts'
import { form, links, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { sayDuration } from '../http/say.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { admitPassword } from '../passwords/admit-password.ts'
import { answerPassword } from './answer-password.ts'
import { answerCode } from './answer-second-factor.ts'
import { otherWayPages } from './other-way-pages.ts'
import { passwordForm } from './password-form.ts'
import { sessionOfRequest } from './require-sign-in.ts'
import { startSignIn } from './start-sign-in.ts'
import type { SignIn } from './store.ts'
import { DEVICE, flowOf, keepSession, showOver } from './this-sign-in.ts'

const LONGEST_NAME = 320
const LONGEST_PASSWORD = 4096
const PasswordForm = z.object({ name: z.string().max(LONGEST_NAME), password: z.string().max(LONGEST_PASSWORD) })
const CodeForm = z.object({ code: z.string().max(64) })

/** Signing in. Each page is drawn from the sign-in's state. */
export function signInPages(ctx: Context): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get('/sign-in', async (request) => {
    const session = await sessionOfRequest(request, ctx)
    const id = await startSignIn(ctx, {
      browser: browserOf(request, ctx),
      source: request.get('facts').address,
      returnTo: '/account',
      relyingParty: undefined,
      formOrigin: undefined,
      wantsSecondFactor: true,
      freshSince: undefined,
      session,
    })
    const word = flashFor(request, ctx)
    return word === undefined ? goTo(request, `/sign-in/${id}`) : goBack(request, ctx, `/sign-in/${id}`, word)
  })
  pages.get('/sign-in/:flow', async (request) => {
    const flow = await flowOf(request, ctx)
    if (flow === undefined) return showOver(request, ctx)
    if (flow.state === 'password') return showPassword(request, ctx, flow)
    if (flow.state === 'second-factor') return showSecondFactor(request, ctx, flow)
    return goTo(request, flow.state === 'enrolment' ? '/enrolment' : flow.return_to)
  })
  pages.post('/sign-in/:flow', (request) => takePassword(request, ctx))
  pages.post('/sign-in/:flow/second-factor', (request) => takeCode(request, ctx))
  return pages.route('/', otherWayPages(ctx))
}

async function showPassword(request: Request, ctx: Context, flow: SignIn): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  return showPage(
    request,
    ctx,
    {
      title: texts('sign-in.title'),
      lead: flow.relying_party === null ? undefined : texts('sign-in.to', { name: flow.relying_party }),
      body: [
        passwordForm(request, { action: `/sign-in/${flow.id}`, button: texts('sign-in.button'), flash }),
        links([
          { href: '/forgotten-password', text: texts('sign-in.forgotten') },
          { href: '/self-administration', text: texts('sign-in.misplaced') },
        ]),
      ],
    },
    flash,
  )
}

async function takePassword(request: Request, ctx: Context): Promise<Response> {
  const { address, texts } = request.get('facts')
  const device = readCookie(request, ctx.config, DEVICE)
  await admitPassword(address, device)
  const { name, password } = await readForm(request, PasswordForm)
  const flow = await flowOf(request, ctx)
  if (flow === undefined) return showOver(request, ctx)
  const page = `/sign-in/${flow.id}`
  const answered = await answerPassword(ctx, callerOf(request), flow, { name, password, device })
  switch (answered.outcome) {
    case 'signed-in':
      keepSession(request, ctx, 'sign-in', answered)
      return goTo(request, flow.return_to)
    case 'enrolment':
      keepSession(request, ctx, 'enrolment', answered)
      return goTo(request, '/enrolment')
    case 'wrong':
      return goBack(request, ctx, page, { kind: 'refusal', text: 'sign-in.wrong', typed: { name } })
    case 'waiting':
      return goBack(request, ctx, page, {
        kind: 'refusal',
        text: 'sign-in.waiting',
        values: { wait: sayDuration(texts, answered.until - ctx.now()) },
        typed: { name },
      })
    case 'second-factor':
    case 'out-of-order':
      return goTo(request, page)
  }
}

async function showSecondFactor(request: Request, ctx: Context, flow: SignIn): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  return showPage(
    request,
    ctx,
    {
      title: texts('second-factor.title'),
      lead: texts('second-factor.lead'),
      body: [
        form({
          action: `/sign-in/${flow.id}/second-factor`,
          checking: texts('checking'),
          body: [
            codeField({
              name: 'code',
              label: texts('second-factor.code'),
              inputmode: 'numeric',
              invalid: flash?.kind === 'refusal',
              autofocus: flash === undefined,
            }),
            primaryButton(texts('second-factor.button')),
          ],
        }),
        links([
          { href: '/self-administration', text: texts('sign-in.misplaced') },
          { href: `/sign-in/${flow.id}/another-way`, text: texts('second-factor.other') },
        ]),
      ],
    },
    flash,
  )
}

async function takeCode(request: Request, ctx: Context): Promise<Response> {
  const { code } = await readForm(request, CodeForm)
  const flow = await flowOf(request, ctx)
  if (flow === undefined) return showOver(request, ctx)
  const page = `/sign-in/${flow.id}`
  const { texts } = request.get('facts')
  const answered = await answerCode(ctx, callerOf(request), flow, { code, device: readCookie(request, ctx.config, DEVICE) })
  switch (answered.outcome) {
    case 'signed-in':
      keepSession(request, ctx, 'sign-in', answered)
      return goTo(request, flow.return_to)
    case 'out-of-order':
      return goTo(request, page)
    case 'waiting':
      return goBack(request, ctx, page, {
        kind: 'refusal',
        text: 'second-factor.waiting',
        values: { wait: sayDuration(texts, answered.until - ctx.now()) },
      })
    case 'malformed':
      return goBack(request, ctx, page, { kind: 'refusal', text: 'second-factor.malformed' })
    case 'replayed':
      return goBack(request, ctx, page, { kind: 'refusal', text: 'second-factor.replayed' })
    case 'wrong-code':
    case 'unavailable':
      return goBack(request, ctx, page, { kind: 'refusal', text: 'second-factor.wrong' })
  }
}
