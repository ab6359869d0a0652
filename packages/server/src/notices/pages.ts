import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Context } from '../context.ts'
import { summaryList } from '../http/page/lists.ts'
import { dangerButton, form, linkButton, links, notePanel, paragraph } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { sayMoment } from '../texts/texts.ts'
import { findNotice, repudiate, type Told, UNDONE, type Undo, type Undone } from './repudiate.ts'

/** The page that a notice's link leads to. Looking at it changes nothing: mail scanners follow links. Only its button acts. */
export function noticePages(ctx: Context, undo: Undo): Hono<Env> {
  return new Hono<Env>()
    .get('/notice/:secret', async (request) => {
      const told = await findNotice(ctx, request.req.param('secret'))
      if (told === undefined) return sayOver(request, ctx)
      return told.repudiated ? sayDone(request, ctx, told) : ask(request, ctx, told)
    })
    .post('/notice/:secret', async (request) => {
      const repudiated = await repudiate(ctx, callerOf(request), request.req.param('secret'), undo)
      if (repudiated.outcome === 'spent') return goTo(request, request.req.path)
      const typed = { undone: repudiated.undone.join(' ') }
      return goBack(request, ctx, request.req.path, { kind: 'done', text: 'repudiated.sessions', typed })
    })
}

async function ask(request: Request, ctx: Context, told: Told): Promise<Response> {
  const { texts } = request.get('facts')
  const button = dangerButton(texts('wasnt-you.button'), { describedBy: 'button-what' })
  return showPage(request, ctx, {
    title: texts('wasnt-you.title'),
    lead: texts('wasnt-you.lead'),
    body: [
      await whatAndWhen(request, ctx, told),
      paragraph(texts('wasnt-you.was-me')),
      notePanel(html`<p id="button-what">${texts('wasnt-you.button.what')}</p>`),
      form({ action: request.req.path, checking: texts('checking'), danger: true, body: button }),
    ],
  })
}

/** What was done is said once, right after it; the page itself says what to do next as often as it is looked at. */
async function sayDone(request: Request, ctx: Context, told: Told): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  const said = flash?.typed?.undone?.split(' ') ?? []
  const undone: Undone[] = UNDONE.filter((what) => said.includes(what))
  const byMail = told.action === 'password-changed' || told.action === 'password-reset'
  return showPage(
    request,
    ctx,
    {
      title: texts('repudiated.title'),
      body: [
        await whatAndWhen(request, ctx, told),
        ...undone.map((what) => paragraph(texts(`repudiated.${what}`))),
        notePanel(texts(byMail ? 'repudiated.next.forgotten' : 'repudiated.next.password'), 'warning'),
        byMail
          ? linkButton('/forgotten-password', texts('wasnt-you.forgotten'), 'primary')
          : linkButton('/account/password', texts('wasnt-you.change-password'), 'primary'),
      ],
      foot: texts('repudiated.next.help', { helpDesk: ctx.config.organisation.helpDesk }),
    },
    flash,
  )
}

async function whatAndWhen(request: Request, ctx: Context, told: Told) {
  const { texts } = request.get('facts')
  const owner = await ctx.db.read.selectFrom('users').select(['locale', 'time_zone']).where('id', '=', told.user).executeTakeFirst()
  return summaryList([
    { label: texts('wasnt-you.what'), value: texts(`notice.${told.action}`) },
    { label: texts('wasnt-you.when'), value: sayMoment(told.at, owner?.locale ?? 'en', owner?.time_zone ?? 'UTC') },
  ])
}

/** The same for unknown and expired links. */
function sayOver(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  return showPage(request, ctx, {
    title: texts('wasnt-you.over'),
    lead: texts('wasnt-you.over.lead', { helpDesk: ctx.config.organisation.helpDesk }),
    body: links([{ href: '/', text: texts('trouble.home') }]),
    status: 404,
  })
}
