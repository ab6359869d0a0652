import { Hono } from 'hono'
import { z } from 'zod'
import type { Context } from '../context.ts'
import type { Flash } from '../http/flash.ts'
import { readForm } from '../http/form.ts'
import { textField } from '../http/page/fields.ts'
import { buttonRow, form, linkButton, links, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { sayTrouble } from '../http/trouble.ts'
import type { UserId } from '../ids.ts'
import { findLink } from '../links/find-link.ts'
import { type AddressAdded, addAddress } from '../users/add-address.ts'
import { type Address, listAddresses } from '../users/list-addresses.ts'
import { removeAddress } from '../users/remove-address.ts'
import { confirmAddress } from './confirm-address.ts'
import { mailAddressLink } from './mail-address-link.ts'
import type { Guard } from './pages.ts'

const HOME = '/account'
const ADD = '/account/addresses/add'
const LONGEST = 320
const AddressForm = z.object({ email: z.string().max(LONGEST) })

/** Mail addresses: adding one, and showing that it is one's own by the link that is mailed there. */
export function addressPages(ctx: Context, guard: Guard): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get(ADD, guard, (request) => showAdd(request, ctx))
  pages.post(ADD, guard, (request) => add(request, ctx))
  pages.post('/account/addresses/:address/link', guard, (request) => mailAgain(request, ctx))
  pages.post('/account/addresses/:address/remove', guard, (request) => remove(request, ctx))
  // Without a session: a mail may be read on another device.
  pages.get('/address/:secret', (request) => showConfirm(request, ctx, request.req.param('secret')))
  pages.post('/address/:secret', (request) => confirm(request, ctx, request.req.param('secret')))
  pages.get('/address-confirmed', (request) => showConfirmed(request, ctx))
  return pages
}

async function showAdd(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  const field = textField({
    name: 'email',
    label: texts('account.address.field'),
    type: 'email',
    autocomplete: 'email',
    value: flash?.typed?.['email'],
    invalid: flash?.field === 'email',
    autofocus: flash === undefined,
  })
  const buttons = buttonRow(primaryButton(texts('button.continue')), linkButton(HOME, texts('link.back')))
  return showPage(
    request,
    ctx,
    {
      title: texts('account.address.add'),
      lead: texts('account.address.add.lead', { days: ctx.config.recovery.newAddressAfterDays }),
      body: form({ action: ADD, checking: texts('checking'), body: [field, buttons] }),
    },
    flash,
  )
}

async function add(request: Request, ctx: Context): Promise<Response> {
  const { email } = await readForm(request, AddressForm)
  const { user } = request.get('session')
  const added = await addAddress(ctx, callerOf(request), user, email)
  if (added.outcome !== 'added') return goBack(request, ctx, ADD, { ...refusalOf(added), field: 'email', typed: { email } })
  return mailTo(request, ctx, user, { id: added.address, address: added.shown })
}

/** An address that is another person's login name is refused like one that is none: nobody learns of names. */
function refusalOf(added: Exclude<AddressAdded, { outcome: 'added' }>): Flash {
  switch (added.outcome) {
    case 'there-already':
      return { kind: 'refusal', text: 'account.address.there' }
    case 'too-many':
      return { kind: 'refusal', text: 'account.address.too-many' }
    case 'malformed':
    case 'no-such-user':
      return { kind: 'refusal', text: 'account.address.malformed' }
  }
}

async function mailAgain(request: Request, ctx: Context): Promise<Response> {
  const { user } = request.get('session')
  const addresses: readonly Address[] = await listAddresses(ctx, user)
  const meant = addresses.find(({ id, verifiedAt }) => id === request.req.param('address') && verifiedAt === undefined)
  if (meant === undefined) return goBack(request, ctx, HOME, { kind: 'refusal', text: 'account.changed-meanwhile' })
  return mailTo(request, ctx, user, meant)
}

async function remove(request: Request, ctx: Context): Promise<Response> {
  const { user } = request.get('session')
  const meant = (await listAddresses(ctx, user)).find(({ id }) => id === request.req.param('address'))
  const outcome = meant === undefined ? 'no-such-address' : (await removeAddress(ctx, callerOf(request), user, meant.id)).outcome
  switch (outcome) {
    case 'removed':
      return goBack(request, ctx, HOME, { kind: 'done', text: 'account.address.removed' })
    case 'last-address':
      return goBack(request, ctx, HOME, { kind: 'refusal', text: 'account.address.last' })
    case 'no-such-address':
      return goBack(request, ctx, HOME, { kind: 'refusal', text: 'account.changed-meanwhile' })
  }
}

async function mailTo(request: Request, ctx: Context, user: UserId, to: Pick<Address, 'id' | 'address'>): Promise<Response> {
  const mailed = await mailAddressLink(ctx, user, to)
  const flash: Flash = mailed
    ? { kind: 'done', text: 'account.address.mailed', values: { address: to.address } }
    : { kind: 'refusal', text: 'account.address.too-often' }
  return goBack(request, ctx, HOME, flash)
}

async function showConfirm(request: Request, ctx: Context, secret: string): Promise<Response> {
  const { texts } = request.get('facts')
  if ((await findLink(ctx, 'address', secret)) === undefined) return sayTrouble(request, ctx.config, 404)
  return showPage(request, ctx, {
    title: texts('account.address.confirm'),
    lead: texts('account.address.confirm.lead'),
    body: form({ action: request.req.path, checking: texts('checking'), body: primaryButton(texts('account.address.confirm.button')) }),
  })
}

async function confirm(request: Request, ctx: Context, secret: string): Promise<Response> {
  const { outcome } = await confirmAddress(ctx, callerOf(request), secret)
  return goTo(request, outcome === 'verified' ? '/address-confirmed' : request.req.path)
}

function showConfirmed(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  return showPage(request, ctx, {
    title: texts('account.address.confirmed'),
    lead: texts('account.address.confirmed.lead'),
    body: links([{ href: HOME, text: texts('account.title') }]),
  })
}
