import { Hono } from 'hono'
import { z } from 'zod'
import { tokensWaitUntil } from '../actions/tokens-wait-until.ts'
import { letActivate } from '../activation/activating.ts'
import type { Context } from '../context.ts'
import type { Flash } from '../http/flash.ts'
import { readForm } from '../http/form.ts'
import { codeField, textField } from '../http/page/fields.ts'
import { buttonRow, form, linkButton, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { sayDuration } from '../http/say.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import type { ActivationId } from '../ids.ts'
import { disableToken } from '../tokens/disable-token.ts'
import { enableToken } from '../tokens/enable-token.ts'
import { findActivation, findEndedActivation } from '../tokens/find-activation.ts'
import { issueToken } from '../tokens/issue-token.ts'
import type { TokenView } from '../tokens/list-tokens.ts'
import { renameToken } from '../tokens/rename-token.ts'
import { type Resynchronised, resynchroniseToken } from '../tokens/resynchronise-token.ts'
import { labelOf } from '../tokens/rules.ts'
import { showDisableLast } from './delete-pages.ts'
import type { Guard } from './pages.ts'
import { isLast, withToken } from './token-of.ts'

const HOME = '/account'
const ADD = '/account/tokens/add'
const LONGEST = 128
const LabelForm = z.object({ label: z.string().max(LONGEST) })
const CodesForm = z.object({ first: z.string().max(LONGEST), next: z.string().max(LONGEST) })
const SureForm = z.object({ sure: z.literal('yes').optional() })

/** What was proved in this session set the password anew not long ago: it opens no token as well (security.md). */
async function refuseForNow(request: Request, ctx: Context): Promise<Response | undefined> {
  if ((await tokensWaitUntil(ctx, request.get('session'))) === undefined) return undefined
  const hours = ctx.config.recovery.waitAfterPasswordResetHours
  return goBack(request, ctx, HOME, { kind: 'refusal', text: 'recreate.waits', values: { hours } })
}

/** What a person does to a soft token: add, rename, disable, enable, synchronise. Re-creating and unlocking are pages of another room. */
export function tokenPages(ctx: Context, guard: Guard): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get(ADD, guard, async (request) => (await refuseForNow(request, ctx)) ?? showAdd(request, ctx))
  pages.post(ADD, guard, async (request) => (await refuseForNow(request, ctx)) ?? add(request, ctx))
  pages.post('/account/tokens/continue', guard, async (request) => (await refuseForNow(request, ctx)) ?? goOn(request, ctx))
  pages.get('/account/tokens/:token/rename', guard, (request) => withToken(request, ctx, ({ token }) => showRename(request, ctx, token)))
  pages.post('/account/tokens/:token/rename', guard, (request) => withToken(request, ctx, ({ token }) => rename(request, ctx, token)))
  pages.get('/account/tokens/:token/disable', guard, (request) =>
    withToken(request, ctx, ({ token }) => showDisableLast(request, ctx, token)),
  )
  pages.post('/account/tokens/:token/disable', guard, async (request) => {
    const { sure } = await readForm(request, SureForm)
    return withToken(request, ctx, (meant) =>
      isLast(meant) && sure === undefined ? goTo(request, `${HOME}/tokens/${meant.token.id}/disable`) : disable(request, ctx, meant.token),
    )
  })
  pages.post('/account/tokens/:token/enable', guard, (request) =>
    withToken(request, ctx, async ({ token }) => (await refuseForNow(request, ctx)) ?? enable(request, ctx, token)),
  )
  pages.get('/account/tokens/:token/synchronise', guard, (request) =>
    withToken(request, ctx, ({ token }) => showSynchronise(request, ctx, token)),
  )
  pages.post('/account/tokens/:token/synchronise', guard, (request) =>
    withToken(request, ctx, ({ token }) => synchronise(request, ctx, token)),
  )
  return pages
}

function showAdd(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  return showLabelForm(request, ctx, { action: ADD, title: texts('account.add.title'), lead: texts('account.add.lead'), value: undefined })
}

async function add(request: Request, ctx: Context): Promise<Response> {
  const { label: typed } = await readForm(request, LabelForm)
  const label = labelOf(typed)
  if (label === undefined) return refuseLabel(request, ctx, ADD, typed)
  const issued = await issueToken(ctx, callerOf(request), request.get('session').user, { label })
  if (issued.outcome === 'issued') return toActivation(request, ctx, issued.activation)
  const { helpDesk } = ctx.config.organisation
  return goBack(request, ctx, ADD, { kind: 'refusal', text: 'account.add.too-many', values: { helpDesk }, typed: { label } })
}

/** With the activation that waits. */
async function goOn(request: Request, ctx: Context): Promise<Response> {
  const { user } = request.get('session')
  const begun = (await findActivation(ctx, user)) ?? (await findEndedActivation(ctx, user))
  return begun === undefined ? goBack(request, ctx, HOME, CHANGED_MEANWHILE) : toActivation(request, ctx, begun.id)
}

function toActivation(request: Request, ctx: Context, activation: ActivationId): Response {
  const { id, user } = request.get('session')
  letActivate(request, ctx, { user, session: id, activation, from: 'account' })
  return goTo(request, '/soft-token')
}

function showRename(request: Request, ctx: Context, token: TokenView): Promise<Response> {
  const { texts } = request.get('facts')
  return showLabelForm(request, ctx, {
    action: request.req.path,
    title: texts('account.rename.title'),
    lead: token.serialNumber,
    value: token.label,
  })
}

async function rename(request: Request, ctx: Context, token: TokenView): Promise<Response> {
  const { label } = await readForm(request, LabelForm)
  const renamed = await renameToken(ctx, callerOf(request), request.get('session').user, token.id, label)
  if (renamed.outcome === 'malformed') return refuseLabel(request, ctx, request.req.path, label)
  return goBack(request, ctx, HOME, renamed.outcome === 'renamed' ? { kind: 'done', text: 'account.rename.done' } : CHANGED_MEANWHILE)
}

const CHANGED_MEANWHILE: Flash = { kind: 'refusal', text: 'account.changed-meanwhile' }

function refuseLabel(request: Request, ctx: Context, path: string, label: string): Response {
  return goBack(request, ctx, path, { kind: 'refusal', text: 'account.label.malformed', field: 'label', typed: { label } })
}

async function showLabelForm(
  request: Request,
  ctx: Context,
  { action, title, lead, value }: { action: string; title: string; lead: string; value: string | undefined },
): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  const field = textField({
    name: 'label',
    label: texts('account.label'),
    hint: texts('account.label.hint'),
    autocomplete: 'off',
    value: flash?.typed?.['label'] ?? value,
    maxlength: LONGEST,
    invalid: flash?.field === 'label',
    autofocus: flash === undefined,
  })
  const buttons = buttonRow(
    primaryButton(texts(value === undefined ? 'button.continue' : 'account.save')),
    linkButton(HOME, texts('link.back')),
  )
  return showPage(request, ctx, { title, lead, body: form({ action, checking: texts('checking'), body: [field, buttons] }) }, flash)
}

async function disable(request: Request, ctx: Context, token: TokenView): Promise<Response> {
  const { user, id } = request.get('session')
  const { outcome } = await disableToken(ctx, callerOf(request), user, token.id, id)
  if (outcome !== 'disabled') return goBack(request, ctx, HOME, CHANGED_MEANWHILE)
  return goBack(request, ctx, HOME, { kind: 'done', text: 'account.disabled', values: { label: token.label } })
}

async function enable(request: Request, ctx: Context, token: TokenView): Promise<Response> {
  const { user, id } = request.get('session')
  const { outcome } = await enableToken(ctx, callerOf(request), user, token.id, id)
  if (outcome !== 'enabled') return goBack(request, ctx, HOME, CHANGED_MEANWHILE)
  return goBack(request, ctx, HOME, { kind: 'done', text: 'account.enabled', values: { label: token.label } })
}

async function showSynchronise(request: Request, ctx: Context, token: TokenView): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  const field = (name: string, label: string, first: boolean) =>
    codeField({ name, label, inputmode: 'numeric', invalid: flash?.kind === 'refusal', autofocus: first && flash === undefined })
  return showPage(
    request,
    ctx,
    {
      title: texts('account.synchronise.title'),
      kicker: `${token.label}, ${token.serialNumber}`,
      lead: texts('account.synchronise.lead'),
      body: form({
        action: request.req.path,
        checking: texts('checking'),
        body: [
          field('first', texts('account.synchronise.first'), true),
          field('next', texts('account.synchronise.next'), false),
          buttonRow(primaryButton(texts('account.synchronise.button')), linkButton(HOME, texts('link.back'))),
        ],
      }),
    },
    flash,
  )
}

async function synchronise(request: Request, ctx: Context, token: TokenView): Promise<Response> {
  const { first, next } = await readForm(request, CodesForm)
  const done = await resynchroniseToken(ctx, callerOf(request), request.get('session').user, token.id, first, next)
  if (done.outcome === 'no-such-token') return goBack(request, ctx, HOME, CHANGED_MEANWHILE)
  if (done.outcome === 'resynchronised')
    return goBack(request, ctx, HOME, { kind: 'done', text: 'account.synchronise.done', values: { label: token.label } })
  return goBack(request, ctx, request.req.path, refuseCodes(request, ctx, done))
}

/** The codes themselves do not come back: each is typed afresh. */
function refuseCodes(
  request: Request,
  ctx: Context,
  refused: Exclude<Resynchronised, { outcome: 'resynchronised' | 'no-such-token' }>,
): Flash {
  switch (refused.outcome) {
    case 'malformed':
      return { kind: 'refusal', text: 'second-factor.malformed' }
    case 'wrong-code':
      return { kind: 'refusal', text: 'account.synchronise.wrong' }
    case 'waiting':
      return {
        kind: 'refusal',
        text: 'second-factor.waiting',
        values: { wait: sayDuration(request.get('facts').texts, refused.until - ctx.now()) },
      }
  }
}
