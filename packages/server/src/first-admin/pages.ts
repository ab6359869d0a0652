import { Hono } from 'hono'
import { z } from 'zod'
import type { Context } from '../context.ts'
import type { Flash } from '../http/flash.ts'
import { readForm } from '../http/form.ts'
import { textField } from '../http/page/fields.ts'
import { form, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Env, type Request } from '../http/request.ts'
import { flashFor, goBack, goTo, showPage } from '../http/show.ts'
import { findLink } from '../links/find-link.ts'
import { type MadeFirstAdmin, makeFirstAdmin } from './make-first-admin.ts'

const LONGEST = 1_024
const AdminForm = z.object({ name: z.string().max(LONGEST), displayName: z.string().max(LONGEST), email: z.string().max(LONGEST) })

/** The page behind the link that the server prints while there is nobody. The role stands in the verb, not in the form. */
export function firstAdminPages(ctx: Context): Hono<Env> {
  return new Hono<Env>()
    .get('/first-administrator/:secret', async (request) => {
      const link = await findLink(ctx, 'first-admin', request.req.param('secret'))
      return link === undefined ? sayOver(request, ctx) : showForm(request, ctx)
    })
    .post('/first-administrator/:secret', async (request) => {
      const typed = await readForm(request, AdminForm)
      const { name, email } = typed
      const displayName = typed.displayName.trim() === '' ? undefined : typed.displayName
      const made = await makeFirstAdmin(ctx, callerOf(request), request.req.param('secret'), { name, email, displayName })
      if (made.outcome === 'made') return goTo(request, `/welcome/${made.enrolmentLink}`)
      if (made.outcome === 'spent') return goTo(request, request.req.path)
      return goBack(request, ctx, request.req.path, { ...refusalOf(made), typed })
    })
}

function refusalOf(refused: Exclude<MadeFirstAdmin, { outcome: 'made' | 'spent' }>): Flash {
  if (refused.outcome === 'name-taken') return { kind: 'refusal', text: 'first-admin.name-taken', field: 'name' }
  const { field } = refused
  if (field === 'email') return { kind: 'refusal', text: 'first-admin.email', field }
  if (field === 'displayName') return { kind: 'refusal', text: 'first-admin.display-name', field }
  return { kind: 'refusal', text: 'first-admin.name', field: 'name' }
}

function showForm(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  const flash = flashFor(request, ctx)
  const part = (name: string) => ({ name, value: flash?.typed?.[name], invalid: flash?.field === name })
  return showPage(
    request,
    ctx,
    {
      title: texts('first-admin.title'),
      lead: texts('first-admin.lead'),
      body: form({
        action: request.req.path,
        checking: texts('checking'),
        body: [
          textField({
            ...part('name'),
            label: texts('first-admin.user-name'),
            autocomplete: 'username',
            spellcheck: false,
            autofocus: flash === undefined,
          }),
          textField({ ...part('displayName'), label: texts('first-admin.field.display-name'), autocomplete: 'name', required: false }),
          textField({ ...part('email'), label: texts('first-admin.field.email'), type: 'email', autocomplete: 'email' }),
          primaryButton(texts('button.continue')),
        ],
      }),
    },
    flash,
  )
}

/** Used, expired, unknown, or no longer the first: all the same. */
function sayOver(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  return showPage(request, ctx, { title: texts('first-admin.over'), lead: texts('first-admin.over.lead'), body: '', status: 404 })
}
