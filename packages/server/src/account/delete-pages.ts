import { Hono } from 'hono'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { readForm } from '../http/form.ts'
import { hiddenField } from '../http/page/fields.ts'
import { buttonRow, dangerButton, form, linkButton, notePanel, paragraph } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { endToken } from '../tokens/end-token.ts'
import type { TokenView } from '../tokens/list-tokens.ts'
import type { Guard } from './pages.ts'
import { isLast, type Meant, withToken } from './token-of.ts'

const HOME = '/account'
/** `last`: whoever pressed the button had read that it is the last one. */
const DeleteForm = z.object({ last: z.literal('yes').optional() })

/** Deleting a soft token. The last one that works goes only from a page that says what that means. */
export function deletePages(ctx: Context, guard: Guard): Hono<Env> {
  const path = '/account/tokens/:token/delete'
  return new Hono<Env>()
    .get(path, guard, (request) => withToken(request, ctx, (meant) => showDelete(request, ctx, meant)))
    .post(path, guard, async (request) => {
      const { last } = await readForm(request, DeleteForm)
      return withToken(request, ctx, ({ token }) => remove(request, ctx, token, last === 'yes'))
    })
}

async function remove(request: Request, ctx: Context, token: TokenView, evenIfLast: boolean): Promise<Response> {
  const { user, id: keep } = request.get('session')
  const { outcome } = await endToken(ctx, callerOf(request), user, token.id, { evenIfLast, keep })
  if (outcome === 'last-factor') return goTo(request, request.req.path)
  if (outcome !== 'ended') return goBack(request, ctx, HOME, { kind: 'refusal', text: 'account.changed-meanwhile' })
  return goBack(request, ctx, HOME, { kind: 'done', text: 'account.delete.done', values: { label: token.label } })
}

function showDelete(request: Request, ctx: Context, meant: Meant): Promise<Response> {
  const { texts } = request.get('facts')
  const last = isLast(meant)
  return showPage(
    request,
    ctx,
    {
      title: texts(last ? 'account.delete-last.title' : 'account.delete.title'),
      kicker: `${meant.token.label}, ${meant.token.serialNumber}`,
      lead: texts('account.delete.lead'),
      body: [
        last ? [notePanel(texts('account.delete-last.what'), 'warning'), paragraph(texts('account.delete-last.instead'))] : '',
        form({
          action: request.req.path,
          checking: texts('checking'),
          danger: true,
          body: [
            last ? hiddenField('last', 'yes') : '',
            buttonRow(dangerButton(texts('account.delete.button')), linkButton(HOME, texts('link.no'))),
          ],
        }),
      ],
    },
    flashFor(request, ctx),
  )
}

/** Disabling the only token in use locks out of everything that asks for a second factor. */
export function showDisableLast(request: Request, ctx: Context, token: TokenView): Promise<Response> {
  const { texts } = request.get('facts')
  return showPage(
    request,
    ctx,
    {
      title: texts('account.disable-last.title'),
      kicker: `${token.label}, ${token.serialNumber}`,
      lead: texts('account.disable-last.lead'),
      body: form({
        action: request.req.path,
        checking: texts('checking'),
        danger: true,
        body: [hiddenField('sure', 'yes'), buttonRow(dangerButton(texts('account.disable')), linkButton(HOME, texts('link.no')))],
      }),
    },
    flashFor(request, ctx),
  )
}
