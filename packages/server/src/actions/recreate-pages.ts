import { Hono } from 'hono'
import { z } from 'zod'
import { letActivate } from '../activation/activating.ts'
import { sessionsToKeep } from '../activation/sessions-to-keep.ts'
import { stepsOf } from '../activation/steps.ts'
import { readForm } from '../http/form.ts'
import { checkbox, hiddenField, selectField } from '../http/page/fields.ts'
import type { Content } from '../http/page/html.ts'
import { form, links, paragraph, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { isId } from '../ids.ts'
import { issueToken } from '../tokens/issue-token.ts'
import { listTokens, type TokenView } from '../tokens/list-tokens.ts'
import type { Desk } from './desk.ts'

const RecreateForm = z.object({ token: z.string().max(64).optional(), suspend: z.string().optional() })

/** `Recreate your soft token`. */
export function recreatePages(desk: Desk): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get(`${desk.prefix}/recreate`, desk.guard, (request) => show(request, desk))
  pages.post(`${desk.prefix}/recreate`, desk.guard, (request) => take(request, desk))
  return pages
}

async function show(request: Request, desk: Desk): Promise<Response> {
  const { texts } = request.get('facts')
  const wait = await refuseForNow(request, desk)
  if (wait !== undefined) return wait
  const tokens = await listTokens(desk.ctx, request.get('session').user)
  return showPage(
    request,
    desk.ctx,
    {
      title: texts('recreate.title'),
      lead: texts('recreate.lead'),
      steps: stepsOf(texts, desk.ctx, desk.from, 1),
      body: [
        form({ action: `${desk.prefix}/recreate`, body: [choice(request, tokens), primaryButton(texts('button.yes'))] }),
        links([{ href: desk.home, text: texts('link.no') }]),
      ],
    },
    flashFor(request, desk.ctx),
  )
}

function choice(request: Request, tokens: readonly TokenView[]): Content {
  const { texts } = request.get('facts')
  const [first] = tokens
  if (first === undefined) return paragraph(texts('recreate.no-token'))
  const wished = request.req.query('token')
  const options = tokens.map(({ id, label, serialNumber }) => ({ value: id, text: `${label} (${serialNumber})` }))
  const which =
    tokens.length === 1
      ? hiddenField('token', first.id)
      : selectField({ name: 'token', label: texts('recreate.which'), options, value: wished ?? first.id })
  return [which, checkbox({ name: 'suspend', label: texts('recreate.suspend'), checked: true, hint: texts('recreate.suspend.hint') })]
}

async function take(request: Request, desk: Desk): Promise<Response> {
  const { token, suspend } = await readForm(request, RecreateForm)
  const wait = await refuseForNow(request, desk)
  if (wait !== undefined) return wait
  const { ctx } = desk
  const { texts } = request.get('facts')
  const session = request.get('session')
  const page = `${desk.prefix}/recreate`
  const replaces = token !== undefined && isId('tkn', token) ? token : undefined
  const own = (await listTokens(ctx, session.user)).find(({ id }) => id === replaces)
  const label = own?.label ?? texts('recreate.label')
  const keep = await sessionsToKeep(request, ctx, { user: session.user, session: session.id })
  const order = replaces === undefined ? { label } : { label, replaces, suspendReplaced: suspend !== undefined, keep }
  const issued = await issueToken(ctx, callerOf(request), session.user, order)
  if (issued.outcome === 'too-many-today') {
    return goBack(request, ctx, page, {
      kind: 'refusal',
      text: 'activation.too-many',
      values: { helpDesk: ctx.config.organisation.helpDesk },
    })
  }
  if (issued.outcome === 'no-such-token') return goTo(request, page)
  letActivate(request, ctx, { user: session.user, session: session.id, activation: issued.activation, from: desk.from })
  return goTo(request, '/soft-token')
}

/** The proof of this session opened the password not long ago: it does not open tokens as well (security.md). */
export async function refuseForNow(request: Request, desk: Desk): Promise<Response | undefined> {
  const until = await desk.tokensWaitUntil(request, request.get('session'))
  if (until === undefined) return undefined
  const hours = desk.ctx.config.recovery.waitAfterPasswordResetHours
  return goBack(request, desk.ctx, desk.home, { kind: 'refusal', text: 'recreate.waits', values: { hours } })
}
