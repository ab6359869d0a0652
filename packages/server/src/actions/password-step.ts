import { z } from 'zod'
import type { Context } from '../context.ts'
import type { Flash } from '../http/flash.ts'
import { readForm } from '../http/form.ts'
import { passwordField } from '../http/page/fields.ts'
import type { Content } from '../http/page/html.ts'
import { form, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Request } from '../http/request.ts'
import type { UserId } from '../ids.ts'
import { SHORTEST_ALONE, SHORTEST_WITH_SECOND_FACTOR } from '../passwords/rules.ts'
import { type SetOptions, setPassword } from '../passwords/set-password.ts'

const LONGEST = 4096
const PasswordForm = z.object({ password: z.string().max(LONGEST), repeated: z.string().max(LONGEST) })

function shortest(ctx: Context): number {
  return ctx.config.signIn.secondFactor === 'always' ? SHORTEST_WITH_SECOND_FACTOR : SHORTEST_ALONE
}

/** Two fields for a new password. */
export function passwordStep(request: Request, ctx: Context, action: string, flash: Flash | undefined): Content {
  const { texts } = request.get('facts')
  const reveal = { show: texts('button.show'), hide: texts('button.hide') }
  const invalid = flash?.kind === 'refusal'
  const hint = texts('password.hint', { n: shortest(ctx) })
  return form({
    action,
    checking: texts('checking'),
    body: [
      passwordField({
        name: 'password',
        label: texts('password.new'),
        autocomplete: 'new-password',
        reveal,
        hint,
        invalid,
        autofocus: flash === undefined,
      }),
      passwordField({ name: 'repeated', label: texts('password.repeat'), autocomplete: 'new-password', reveal, invalid }),
      primaryButton(texts('button.continue')),
    ],
  })
}

/** Takes the new password; what stands against it comes back, else undefined. */
export async function takePassword(request: Request, ctx: Context, user: UserId, options: SetOptions): Promise<Flash | undefined> {
  const { password, repeated } = await readForm(request, PasswordForm)
  if (password !== repeated) return { kind: 'refusal', text: 'password.differs' }
  const set = await setPassword(ctx, callerOf(request), user, password, options)
  if (set.outcome === 'link-spent') return { kind: 'refusal', text: 'password.link-spent' }
  if (set.outcome === 'session-over') return { kind: 'refusal', text: 'password.session-over' }
  if (set.outcome !== 'refused') return undefined
  return { kind: 'refusal', text: `password.${set.reason}`, values: { n: shortest(ctx) } }
}
