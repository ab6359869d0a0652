import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import { passwordStep, takePassword } from '../actions/password-step.ts'
import { PROOFS, type Proof } from '../config.ts'
import type { Context } from '../context.ts'
import { dropCookie, writeCookie } from '../http/cookies.ts'
import { readForm } from '../http/form.ts'
import { countSource, type Sources } from '../http/limit-source.ts'
import { textField } from '../http/page/fields.ts'
import { form, linkButton, links, paragraph, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { findLink } from '../links/find-link.ts'
import { enqueue } from '../outbox/enqueue.ts'
import { proofPages } from '../proofs/pages.ts'
import type { ProvingPlace } from '../proofs/proving.ts'
import type { Session } from '../session.ts'
import { findSession } from '../sessions/find-session.ts'
import { sessionCookie, sessionSecretOf } from '../sessions/session-cookie.ts'
import { beginReset } from './begin-reset.ts'

const AskForm = z.object({ name: z.string().max(320), email: z.string().max(320) })
/** An office behind one address has that many; a flood of them would keep other mail waiting. */
const ASKED = { most: 100, withinMs: 3_600_000 }
const NEW_PASSWORD = '/new-password'

/** A password that was forgotten: a mailed link, a proof, a new password; never a password by mail. */
export function forgottenPasswordPages(ctx: Context): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get('/forgotten-password', (request) => showAsk(request, ctx))
  const asked: Sources = new Map()
  pages.post('/forgotten-password', async (request) => {
    const { name, email } = await readForm(request, AskForm)
    if (!countSource(asked, request.get('facts').address, ctx.now(), ASKED)) throw new HTTPException(429)
    // The same for everybody: whether there is such a person is found out when the outbox takes it up.
    const wish = { kind: 'password-reset', name, address: email, caller: callerOf(request) } as const
    await ctx.db.transaction((tx) => enqueue(ctx, tx, undefined, wish))
    return goTo(request, '/forgotten-password/sent')
  })
  pages.get('/forgotten-password/sent', (request) => {
    const { texts } = request.get('facts')
    const again = [paragraph(texts('forgotten.again')), links([{ href: '/forgotten-password', text: texts('forgotten.send-again') }])]
    return showPage(request, ctx, { title: texts('forgotten.sent.title'), lead: texts('forgotten.sent.lead'), body: again })
  })
  pages.route('/', proofPages(resetPlace(ctx)))
  pages.get(NEW_PASSWORD, (request) => withReset(request, ctx, () => showNewPassword(request, ctx)))
  pages.post(NEW_PASSWORD, (request) => withReset(request, ctx, (session) => takeNewPassword(request, ctx, session)))
  return pages
}

async function showAsk(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  return showPage(request, ctx, {
    title: texts('forgotten.title'),
    lead: texts('forgotten.lead'),
    body: [
      form({
        action: '/forgotten-password',
        checking: texts('checking'),
        body: [
          textField({ name: 'name', label: texts('sign-in.user-name'), autocomplete: 'username', spellcheck: false, autofocus: true }),
          textField({ name: 'email', label: texts('forgotten.email'), type: 'email', autocomplete: 'email' }),
          primaryButton(texts('forgotten.button')),
        ],
      }),
      links([{ href: '/sign-in', text: texts('welcome.sign-in') }]),
    ],
  })
}

/** The link has shown the mailbox, so that a code by mail would show nothing more; a token or a recovery code always may. */
export function resetProofs(ctx: Context): readonly Proof[] {
  const allowed = new Set<Proof>(['security-code', 'recovery-code', ...ctx.config.recovery.proofs])
  return PROOFS.filter((proof) => allowed.has(proof) && proof !== 'mailed-code')
}

function resetPlace(ctx: Context): ProvingPlace {
  return {
    ctx,
    route: '/reset-password/:link',
    enter: async (request) => {
      const secret = request.req.param('link') ?? ''
      const link = await findLink(ctx, 'password-reset', secret)
      if (link?.user === undefined) return showOver(request, ctx)
      return { user: link.user, session: undefined, prefix: `/reset-password/${secret}`, proofs: resetProofs(ctx) }
    },
    proved: async (request, { user }, proof) => {
      const secret = await beginReset(ctx, callerOf(request), { user, link: request.req.param('link') ?? '', proof })
      if (secret === undefined) return showOver(request, ctx)
      writeCookie(request, ctx.config, sessionCookie('password-reset'), secret)
      return goTo(request, NEW_PASSWORD)
    },
  }
}

function showOver(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  return showPage(request, ctx, {
    title: texts('welcome.over'),
    lead: texts('forgotten.over.lead'),
    body: linkButton('/forgotten-password', texts('forgotten.new-link'), 'primary'),
    status: 404,
  })
}

async function withReset(request: Request, ctx: Context, answer: (session: Session) => Promise<Response>): Promise<Response> {
  const secret = sessionSecretOf(ctx.config, request.req.header('cookie'), 'password-reset')
  const session = await findSession(ctx, 'password-reset', secret)
  return session === undefined ? goTo(request, '/forgotten-password') : answer(session)
}

async function showNewPassword(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  return showPage(request, ctx, { title: texts('password.title'), body: passwordStep(request, ctx, NEW_PASSWORD, flash) }, flash)
}

/** Every session ends, this one as well: the new password has to be used. */
async function takeNewPassword(request: Request, ctx: Context, { id, user, proof }: Session): Promise<Response> {
  const reset = PROOFS.find((known) => known === proof) ?? 'security-questions'
  const refusal = await takePassword(request, ctx, user, { reset, acting: id })
  if (refusal !== undefined) return goBack(request, ctx, NEW_PASSWORD, refusal)
  dropCookie(request, ctx.config, sessionCookie('password-reset'))
  dropCookie(request, ctx.config, sessionCookie('sign-in'))
  return goBack(request, ctx, '/sign-in', { kind: 'done', text: 'forgotten.done' })
}
