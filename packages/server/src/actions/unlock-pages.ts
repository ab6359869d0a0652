import { Hono } from 'hono'
import { z } from 'zod'
import { sessionsToKeep } from '../activation/sessions-to-keep.ts'
import { readForm } from '../http/form.ts'
import { codeGroup } from '../http/page/codes.ts'
import { codeField, hiddenField, selectField } from '../http/page/fields.ts'
import { form, links, paragraph, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { sayTypingError } from '../http/say.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { shownOnce, showOnce } from '../shown-once/show-once.ts'
import { answerResetCode } from '../tokens/answer-reset-code.ts'
import { listTokens, type TokenView } from '../tokens/list-tokens.ts'
import type { Desk } from './desk.ts'
import { refuseForNow } from './recreate-pages.ts'

const ChoiceForm = z.object({ token: z.string().max(64) })
const CodeForm = z.object({ token: z.string().max(64), code: z.string().max(64) })
/** `Unlock your soft token`: PIN reset code in, unlock code out. */
export function unlockPages(desk: Desk): Hono<Env> {
  const pages = new Hono<Env>()
  const at = `${desk.prefix}/unlock`
  pages.get(at, desk.guard, async (request) => (await refuseForNow(request, desk)) ?? showChoice(request, desk))
  pages.post(at, desk.guard, async (request) => {
    const { token } = await readForm(request, ChoiceForm)
    return goTo(request, `${at}/${encodeURIComponent(token)}`)
  })
  pages.get(`${at}/:token`, desk.guard, async (request) => (await refuseForNow(request, desk)) ?? withToken(request, desk, showField))
  pages.post(`${at}/:token`, desk.guard, async (request) => (await refuseForNow(request, desk)) ?? withToken(request, desk, takeCode))
  pages.get(`${at}/:token/code`, desk.guard, (request) => withToken(request, desk, showAnswer))
  return pages
}

/** The tokens of a person that could be unlocked. */
export async function unlockableTokens(desk: Desk, request: Request): Promise<TokenView[]> {
  const all = await listTokens(desk.ctx, request.get('session').user)
  return all.filter(({ state }) => state === 'active')
}

/** Another person's token, an unknown one and one that cannot be unlocked are all none. */
async function withToken(
  request: Request,
  desk: Desk,
  answer: (request: Request, desk: Desk, token: TokenView) => Promise<Response>,
): Promise<Response> {
  const wished = request.req.param('token')
  const token = (await unlockableTokens(desk, request)).find(({ id }) => id === wished)
  return token === undefined ? request.notFound() : answer(request, desk, token)
}

async function showChoice(request: Request, desk: Desk): Promise<Response> {
  const { texts } = request.get('facts')
  const tokens = await unlockableTokens(desk, request)
  const [first] = tokens
  const options = tokens.map(({ id, label, serialNumber }) => ({ value: id, text: `${label} (${serialNumber})` }))
  const which =
    first === undefined || tokens.length === 1
      ? hiddenField('token', first?.id ?? '')
      : selectField({ name: 'token', label: texts('recreate.which'), options, value: request.req.query('token') ?? first.id })
  return showPage(
    request,
    desk.ctx,
    {
      title: texts('unlock.title'),
      lead: texts('unlock.lead'),
      body: [
        first === undefined
          ? paragraph(texts('unlock.none'))
          : form({ action: `${desk.prefix}/unlock`, body: [which, primaryButton(texts('button.yes'))] }),
        links([{ href: desk.home, text: texts('link.no') }]),
      ],
    },
    flashFor(request, desk.ctx),
  )
}

async function showField(request: Request, desk: Desk, token: TokenView): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, desk.ctx)
  return showPage(
    request,
    desk.ctx,
    {
      kicker: `${token.label}, ${token.serialNumber}`,
      title: texts('unlock.title'),
      lead: texts('unlock.field.lead'),
      body: [
        form({
          action: `${desk.prefix}/unlock/${token.id}`,
          checking: texts('checking'),
          body: [
            hiddenField('token', token.id),
            codeField({
              name: 'code',
              label: texts('unlock.field'),
              groups: [4, 4],
              value: flash?.typed?.['code'],
              invalid: flash?.kind === 'refusal',
              autofocus: flash === undefined,
            }),
            primaryButton(texts('button.next')),
          ],
        }),
        links([{ href: desk.home, text: texts('link.back') }]),
      ],
    },
    flash,
  )
}

async function takeCode(request: Request, desk: Desk, token: TokenView): Promise<Response> {
  const { code } = await readForm(request, CodeForm)
  const { ctx } = desk
  const session = request.get('session')
  const { texts } = request.get('facts')
  const page = `${desk.prefix}/unlock/${token.id}`
  const keep = await sessionsToKeep(request, ctx, { user: session.user, session: session.id })
  const answered = await answerResetCode(ctx, callerOf(request), session.user, token.id, code, { keep })
  switch (answered.outcome) {
    case 'unlock-code':
      await showOnce(ctx, session.id, 'unlock-code', `${token.id} ${answered.code}`)
      return goTo(request, `${page}/code`)
    case 'mistyped':
      return goBack(request, ctx, page, {
        kind: 'refusal',
        ...sayTypingError(answered.refusal, code, { kind: texts('unlock.field'), serial: token.serialNumber }),
        typed: { code },
      })
    case 'wrong-code':
      return goBack(request, ctx, page, { kind: 'refusal', text: 'unlock.wrong', typed: { code } })
    case 'spent':
      return goBack(request, ctx, page, { kind: 'refusal', text: 'unlock.spent' })
    case 'too-many':
      return goBack(request, ctx, page, {
        kind: 'refusal',
        text: 'unlock.too-many',
        values: { helpDesk: ctx.config.organisation.helpDesk },
      })
    case 'no-such-token':
      return request.notFound()
  }
}

async function showAnswer(request: Request, desk: Desk, token: TokenView): Promise<Response> {
  const { texts } = request.get('facts')
  const shown = (await shownOnce(desk.ctx, request.get('session').id, 'unlock-code'))?.split(' ')
  if (shown?.[0] !== token.id || shown[1] === undefined) return goTo(request, `${desk.prefix}/unlock/${token.id}`)
  return showPage(request, desk.ctx, {
    title: texts('unlock.title'),
    lead: texts('unlock.answer.lead'),
    body: [
      codeGroup({
        id: 'unlock-code',
        label: texts('unlock.answer'),
        code: shown[1],
        copy: texts('button.copy'),
        copied: texts('button.copied'),
      }),
      links([{ href: desk.home, text: texts('link.done') }]),
    ],
  })
}
