import { Hono } from 'hono'
import { renderSVG } from 'uqr'
import type { Context } from '../context.ts'
import { codeGroup, countdown, inlineCode, qrCode } from '../http/page/codes.ts'
import type { Content } from '../http/page/html.ts'
import { form, links, notePanel, paragraph, plainButton, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { type ActivationView, findActivation, findEndedActivation } from '../tokens/find-activation.ts'
import { type Renewed, renewActivation } from '../tokens/renew-activation.ts'
import { type Activating, activatingOf, goOnWith, HOMES } from './activating.ts'
import { registrationPages } from './registration-pages.ts'
import { stepsOf } from './steps.ts'

/** The pages of an activation, for whoever asked for it: at the end of enrolment, in self-administration, in `My account`. */
export function activationPages(ctx: Context): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get('/soft-token', async (request) => {
    const who = await activatingOf(request, ctx)
    return who === undefined ? goTo(request, '/') : showIdentity(request, ctx, who)
  })
  pages.get('/soft-token/state', async (request) => {
    const who = await activatingOf(request, ctx)
    return request.json(who === undefined ? {} : { go: await placeOf(ctx, who) })
  })
  pages.post('/soft-token/next', (request) => goTo(request, '/soft-token/register'))
  pages.post('/soft-token/new-codes', async (request) => {
    const who = await activatingOf(request, ctx)
    if (who === undefined) return goTo(request, '/')
    const renewed = await renewActivation(ctx, callerOf(request), who.user)
    if (renewed.outcome !== 'issued') return refuseNew(request, ctx, renewed.outcome)
    goOnWith(request, ctx, who, renewed.activation)
    return goTo(request, '/soft-token')
  })
  return pages.route('/', registrationPages(ctx))
}

function refuseNew(request: Request, ctx: Context, outcome: Exclude<Renewed['outcome'], 'issued'>): Response {
  if (outcome === 'done') return goTo(request, '/soft-token')
  const text = outcome === 'too-many-today' ? 'activation.too-many' : 'activation.nothing-to-renew'
  return goBack(request, ctx, '/soft-token', { kind: 'refusal', text, values: { helpDesk: ctx.config.organisation.helpDesk } })
}

/** Where the page of the codes is to move on to by itself; undefined while it is to stay. */
async function placeOf(ctx: Context, who: Activating): Promise<string | undefined> {
  const activation = await findActivation(ctx, who.user)
  if (activation?.state === 'provisional') return '/soft-token/confirm'
  if (activation !== undefined) return undefined
  return (await findEndedActivation(ctx, who.user)) === undefined ? '/soft-token/active' : '/soft-token'
}

async function showIdentity(request: Request, ctx: Context, who: Activating): Promise<Response> {
  const activation = await findActivation(ctx, who.user)
  if (activation?.state === 'provisional') return goTo(request, '/soft-token/confirm')
  if (activation !== undefined) return showCodes(request, ctx, who, activation)
  const ended = await findEndedActivation(ctx, who.user)
  return ended === undefined ? goTo(request, '/soft-token/active') : showEnded(request, ctx, who, ended.why)
}

async function showCodes(request: Request, ctx: Context, who: Activating, activation: ActivationView): Promise<Response> {
  const { texts } = request.get('facts')
  const copying = { copy: texts('button.copy'), copied: texts('button.copied') }
  return showPage(
    request,
    ctx,
    {
      title: texts('activation.title'),
      lead: texts(activation.ticketOpened ? 'activation.lead.opened' : 'activation.lead'),
      steps: stepsOf(texts, ctx, who.from, 2),
      poll: '/soft-token/state',
      body: [
        ways(request, ctx, activation),
        codeGroup({ id: 'serial', label: texts('activation.serial'), code: activation.serialNumber, ...copying }),
        codeGroup({ id: 'activation', label: texts('activation.code'), code: activation.activationCode, ...copying }),
        activation.ticketReopenedAt !== undefined ? notePanel(texts('activation.opened-twice'), 'warning') : '',
        paragraph(texts('activation.to-register')),
        form({ action: '/soft-token/next', body: primaryButton(texts('button.next')) }),
        form({ action: '/soft-token/new-codes', body: plainButton(texts('activation.new-codes')) }),
        backFrom(request, who),
      ],
      foot: foot(request, ctx, activation),
    },
    flashFor(request, ctx),
  )
}

/** The picture and the link carry a ticket, never the code (STP-1, 2); once it is opened they are gone. */
function ways(request: Request, ctx: Context, activation: ActivationView): Content {
  const { texts } = request.get('facts')
  const left = countdown({ until: activation.expiresAt, now: ctx.now(), text: texts('time-left'), over: texts('time-over') })
  if (activation.ticket === undefined) return paragraph(left)
  const href = `${ctx.config.token.url}/#/activate?ticket=${activation.ticket}`
  const beside = [paragraph(left), links([{ href, text: texts('activation.open') }])]
  return qrCode({ svg: renderSVG(href, { border: 2 }), alt: texts('activation.qr'), beside })
}

/** An activation waits while its owner does something else; in enrolment there is nothing else to do. */
function backFrom(request: Request, { from }: Activating): Content {
  return from === 'enrolment' ? '' : links([{ href: HOMES[from], text: request.get('facts').texts('link.back') }])
}

function foot(request: Request, ctx: Context, { serialNumber }: ActivationView): Content {
  const { texts } = request.get('facts')
  const command = ['latchkey', 'token', 'add', 'NAME', '--serial', serialNumber]
  return [
    paragraph(texts('activation.never-mail', { site: ctx.config.organisation.name })),
    paragraph([texts('activation.terminal'), ...command.map((word) => [' ', inlineCode(word)])]),
  ]
}

async function showEnded(request: Request, ctx: Context, who: Activating, why: 'expired' | 'out-of-tries' | 'void'): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx) ?? { kind: 'note', text: `activation.ended.${why}` }
  return showPage(
    request,
    ctx,
    {
      title: texts('activation.title'),
      steps: stepsOf(texts, ctx, who.from, 2),
      body: [form({ action: '/soft-token/new-codes', body: primaryButton(texts('activation.new-codes')) }), backFrom(request, who)],
    },
    flash,
  )
}
