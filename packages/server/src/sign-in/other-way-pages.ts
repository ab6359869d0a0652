import { Hono } from 'hono'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { readCookie } from '../http/cookies.ts'
import { readForm } from '../http/form.ts'
import { codeField } from '../http/page/fields.ts'
import { actionList } from '../http/page/lists.ts'
import { form, links, paragraph, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { sayDuration } from '../http/say.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { countRecoveryCodes } from '../recovery-codes/count-recovery-codes.ts'
import { answerRecoveryCode } from './answer-second-factor.ts'
import type { SignIn } from './store.ts'
import { DEVICE, flowOf, keepSession, showOver } from './this-sign-in.ts'

const CodeForm = z.object({ code: z.string().max(64) })

/** `Try another way`: what this person has beside the security code. */
export function otherWayPages(ctx: Context): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get('/sign-in/:flow/another-way', async (request) => {
    const flow = await atSecondFactor(request, ctx)
    return flow instanceof Response ? flow : showWays(request, ctx, flow)
  })
  pages.get('/sign-in/:flow/recovery-code', async (request) => {
    const flow = await atSecondFactor(request, ctx)
    return flow instanceof Response ? flow : showRecoveryCode(request, ctx, flow)
  })
  pages.post('/sign-in/:flow/recovery-code', async (request) => {
    const { code } = await readForm(request, CodeForm)
    const flow = await atSecondFactor(request, ctx)
    return flow instanceof Response ? flow : takeRecoveryCode(request, ctx, flow, code)
  })
  return pages
}

async function atSecondFactor(request: Request, ctx: Context): Promise<(SignIn & { user_id: NonNullable<SignIn['user_id']> }) | Response> {
  const flow = await flowOf(request, ctx)
  if (flow === undefined) return showOver(request, ctx)
  const { user_id } = flow
  return flow.state === 'second-factor' && user_id !== null ? { ...flow, user_id } : goTo(request, `/sign-in/${flow.id}`)
}

async function showWays(request: Request, ctx: Context, flow: SignIn & { user_id: NonNullable<SignIn['user_id']> }): Promise<Response> {
  const { texts } = request.get('facts')
  const { left: n } = await countRecoveryCodes(ctx, flow.user_id)
  const way = {
    href: `/sign-in/${flow.id}/recovery-code`,
    icon: 'key-round',
    title: texts('another-way.recovery-code'),
    detail: texts('another-way.recovery-code.detail', { n }),
  } as const
  return showPage(request, ctx, {
    title: texts('another-way.title'),
    lead: n > 0 ? texts('another-way.lead') : undefined,
    body: [n > 0 ? actionList([way]) : paragraph(texts('another-way.none')), backTo(request, flow)],
  })
}

function backTo(request: Request, flow: SignIn) {
  const { texts } = request.get('facts')
  return links([
    { href: `/sign-in/${flow.id}`, text: texts('link.security-code') },
    { href: '/self-administration', text: texts('sign-in.misplaced') },
  ])
}

async function showRecoveryCode(request: Request, ctx: Context, flow: SignIn): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  return showPage(
    request,
    ctx,
    {
      title: texts('recovery-code.title'),
      lead: texts('recovery-code.lead'),
      body: [
        form({
          action: `/sign-in/${flow.id}/recovery-code`,
          checking: texts('checking'),
          body: [
            codeField({
              name: 'code',
              label: texts('recovery-code.field'),
              groups: [4, 4, 4, 4],
              invalid: flash?.kind === 'refusal',
              autofocus: flash === undefined,
              value: flash?.typed?.['code'],
            }),
            primaryButton(texts('second-factor.button')),
          ],
        }),
        backTo(request, flow),
      ],
    },
    flash,
  )
}

async function takeRecoveryCode(request: Request, ctx: Context, flow: SignIn, code: string): Promise<Response> {
  const page = `/sign-in/${flow.id}/recovery-code`
  const { texts } = request.get('facts')
  const answered = await answerRecoveryCode(ctx, callerOf(request), flow, { code, device: readCookie(request, ctx.config, DEVICE) })
  switch (answered.outcome) {
    case 'signed-in':
      keepSession(request, ctx, 'sign-in', answered)
      return goTo(request, flow.return_to)
    case 'out-of-order':
      return goTo(request, `/sign-in/${flow.id}`)
    case 'waiting':
      return goBack(request, ctx, page, {
        kind: 'refusal',
        text: 'second-factor.waiting',
        values: { wait: sayDuration(texts, answered.until - ctx.now()) },
      })
    case 'mistyped':
      return goBack(request, ctx, page, { kind: 'refusal', text: 'recovery-code.mistyped', typed: { code } })
    case 'wrong-code':
      return goBack(request, ctx, page, { kind: 'refusal', text: 'recovery-code.wrong' })
  }
}
