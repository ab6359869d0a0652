import { Hono } from 'hono'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { readForm } from '../http/form.ts'
import { codeField } from '../http/page/fields.ts'
import { buttonRow, form, links, plainButton, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { sayTypingError } from '../http/say.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { confirmRegistration } from '../tokens/confirm-registration.ts'
import { type ActivationView, findActivation, findEndedActivation } from '../tokens/find-activation.ts'
import { registerToken } from '../tokens/register-token.ts'
import { type Activating, activatingOf, HOMES, stopActivating } from './activating.ts'
import { sessionsToKeep } from './sessions-to-keep.ts'
import { stepsOf } from './steps.ts'

const CodeForm = z.object({ code: z.string().max(128) })
const YesNo = z.object({ answer: z.enum(['yes', 'no']) })

/** The registration code comes back: typed, or handed in by the app and confirmed here. */
export function registrationPages(ctx: Context): Hono<Env> {
  const pages = new Hono<Env>()
  const pending = withPending(ctx)
  pages.get('/soft-token/register', (request) => pending(request, (who, activation) => showRegister(request, ctx, who, activation)))
  pages.post('/soft-token/register', async (request) => {
    const { code } = await readForm(request, CodeForm)
    return pending(request, (who, activation) => takeCode(request, ctx, who, activation, code))
  })
  pages.get('/soft-token/confirm', (request) => pending(request, (who, activation) => showConfirm(request, ctx, who, activation)))
  pages.post('/soft-token/confirm', async (request) => {
    const { answer } = await readForm(request, YesNo)
    return pending(request, (who, activation) => takeAnswer(request, ctx, who, activation, answer === 'yes'))
  })
  pages.get('/soft-token/active', (request) => showActive(request, ctx))
  pages.post('/soft-token/active', async (request) => {
    const who = await activatingOf(request, ctx)
    stopActivating(request, ctx)
    return goTo(request, who === undefined ? '/' : HOMES[who.from])
  })
  return pages
}

type Answer = (who: Activating, activation: ActivationView) => Promise<Response>

/** These pages are there while an activation is pending; else the first page says why not. */
function withPending(ctx: Context): (request: Request, answer: Answer) => Promise<Response> {
  return async (request, answer) => {
    const who = await activatingOf(request, ctx)
    if (who === undefined) return goTo(request, '/')
    const activation = await findActivation(ctx, who.user)
    return activation === undefined ? goTo(request, '/soft-token') : answer(who, activation)
  }
}

async function showRegister(request: Request, ctx: Context, who: Activating, activation: ActivationView): Promise<Response> {
  const { texts } = request.get('facts')
  if (activation.state === 'provisional') return goTo(request, '/soft-token/confirm')
  const flash = flashFor(request, ctx)
  return showPage(
    request,
    ctx,
    {
      kicker: texts('registration.token', { serial: activation.serialNumber }),
      title: texts('registration.title'),
      lead: texts('registration.lead'),
      steps: stepsOf(texts, ctx, who.from, 3),
      body: [
        form({
          action: '/soft-token/register',
          checking: texts('checking'),
          body: [
            codeField({
              name: 'code',
              label: texts('registration.field'),
              groups: [4, 4, 4, 4, 4],
              value: flash?.typed?.['code'],
              invalid: flash?.kind === 'refusal',
              autofocus: flash === undefined,
            }),
            primaryButton(texts('button.next')),
          ],
        }),
        links([{ href: '/soft-token', text: texts('registration.back') }]),
      ],
    },
    flash,
  )
}

async function takeCode(request: Request, ctx: Context, who: Activating, activation: ActivationView, code: string): Promise<Response> {
  const { texts } = request.get('facts')
  const page = '/soft-token/register'
  const keep = await sessionsToKeep(request, ctx, who)
  const registered = await registerToken(ctx, callerOf(request), who.user, activation.id, code, { keep, acting: who.session })
  switch (registered.outcome) {
    case 'active':
      return goTo(request, '/soft-token/active')
    case 'mistyped':
      return goBack(request, ctx, page, {
        kind: 'refusal',
        ...sayTypingError(registered.refusal, code, { kind: texts('registration.kind'), serial: activation.serialNumber }),
        typed: { code },
      })
    case 'wrong-code':
      return goBack(request, ctx, page, { kind: 'refusal', text: 'registration.wrong', values: { n: registered.triesLeft } })
    case 'expired':
    case 'void':
    case 'no-such-token':
      return goTo(request, '/soft-token')
  }
}

async function showConfirm(request: Request, ctx: Context, who: Activating, activation: ActivationView): Promise<Response> {
  const { texts } = request.get('facts')
  if (activation.state !== 'provisional') return goTo(request, '/soft-token')
  return showPage(
    request,
    ctx,
    {
      title: texts('confirmation.title', { symbols: activation.lastSymbols ?? '' }),
      lead: texts('confirmation.lead'),
      steps: stepsOf(texts, ctx, who.from, 3),
      body: form({
        action: '/soft-token/confirm',
        body: buttonRow(
          primaryButton(texts('confirmation.yes'), { name: 'answer', value: 'yes' }),
          plainButton(texts('confirmation.no'), { name: 'answer', value: 'no' }),
        ),
      }),
    },
    flashFor(request, ctx),
  )
}

async function takeAnswer(request: Request, ctx: Context, who: Activating, activation: ActivationView, yes: boolean): Promise<Response> {
  const keep = await sessionsToKeep(request, ctx, who)
  const confirmed = await confirmRegistration(ctx, callerOf(request), who.user, activation.id, yes, { keep })
  if (confirmed.outcome === 'active') return goTo(request, '/soft-token/active')
  if (confirmed.outcome === 'refused-by-owner')
    return goBack(request, ctx, '/soft-token', { kind: 'refusal', text: 'confirmation.refused' })
  return goTo(request, '/soft-token')
}

async function showActive(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  const who = await activatingOf(request, ctx)
  if (who === undefined) return goTo(request, '/')
  const open = (await findActivation(ctx, who.user)) ?? (await findEndedActivation(ctx, who.user))
  if (open !== undefined) return goTo(request, '/soft-token')
  return showPage(request, ctx, {
    title: texts('active.title'),
    lead: texts('active.lead'),
    body: form({ action: '/soft-token/active', body: primaryButton(texts('button.ok')) }),
  })
}
