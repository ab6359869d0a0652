import { z } from 'zod'
import { sessionsToKeep } from '../activation/sessions-to-keep.ts'
import type { Context } from '../context.ts'
import type { Flash } from '../http/flash.ts'
import { readForm } from '../http/form.ts'
import { codeList } from '../http/page/codes.ts'
import { checkbox } from '../http/page/fields.ts'
import type { Content } from '../http/page/html.ts'
import { form, primaryButton } from '../http/page/parts.ts'
import { callerOf, type Request } from '../http/request.ts'
import type { SessionId, UserId } from '../ids.ts'
import { confirmSaved } from '../recovery-codes/confirm-saved.ts'
import { renewRecoveryCodes } from '../recovery-codes/renew-recovery-codes.ts'
import { forgetShown, forgetShownElsewhere, shownOnce, showOnceIn } from '../shown-once/show-once.ts'
import { findUser } from '../users/find-user.ts'

const SavedForm = z.object({ saved: z.string().optional() })
type Whose = { user: UserId; session: SessionId }

/** Ten new codes, to be shown in this session until they are said to be saved. */
export async function renewCodes(request: Request, ctx: Context, { user, session }: Whose): Promise<readonly string[]> {
  const renewed = await renewRecoveryCodes(ctx, callerOf(request), user, {
    keep: await sessionsToKeep(request, ctx, { user, session }),
    acting: session,
    show: async (tx, codes) => {
      await forgetShownElsewhere(tx, user, session, 'recovery-codes')
      await showOnceIn(ctx, tx, session, 'recovery-codes', codes.join('\n'))
    },
  })
  return renewed.outcome === 'renewed' ? renewed.codes : []
}

/** The list, its tools, and the box to tick. */
export async function recoveryCodesStep(
  request: Request,
  ctx: Context,
  user: UserId,
  action: string,
  codes: readonly string[],
  flash: Flash | undefined,
): Promise<Content> {
  const { texts } = request.get('facts')
  const person = await findUser(ctx, user)
  const site = ctx.config.organisation.name
  return [
    codeList({
      id: 'codes',
      label: texts('recovery-codes.list'),
      codes,
      download: texts('button.download'),
      filename: 'recovery-codes.txt',
      heading: texts('recovery-codes.file', { name: person?.loginName ?? '', site }),
      print: texts('button.print'),
      copy: texts('button.copy'),
      copied: texts('button.copied'),
    }),
    form({
      action,
      body: [
        checkbox({ name: 'saved', label: texts('recovery-codes.saved'), required: true, invalid: flash?.kind === 'refusal' }),
        primaryButton(texts('button.continue')),
      ],
    }),
  ]
}

/** Takes the tick; what stands against it comes back, else undefined. From then on the codes are shown no more. */
export async function takeSaved(request: Request, ctx: Context, { user, session }: Whose): Promise<Flash | undefined> {
  const { saved } = await readForm(request, SavedForm)
  if (saved === undefined) return { kind: 'refusal', text: 'recovery-codes.not-saved' }
  // Others were made meanwhile, in another window: these are worth nothing, and are not to be kept.
  if ((await shownOnce(ctx, session, 'recovery-codes')) === undefined) return { kind: 'refusal', text: 'recovery-codes.replaced' }
  await confirmSaved(ctx, callerOf(request), user)
  await forgetShown(ctx, session, 'recovery-codes')
  return undefined
}
