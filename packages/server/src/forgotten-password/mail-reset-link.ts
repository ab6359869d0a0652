import { record } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { makeLink } from '../links/make-link.ts'
import { enqueue, type PasswordReset } from '../outbox/enqueue.ts'
import { textsFor } from '../texts/texts.ts'
import { findUserByName } from '../users/find-user.ts'
import { listAddresses } from '../users/list-addresses.ts'

const GOOD_FOR_MS = 30 * 60_000

/** Mails the link for a new password, if name and address are those of one active person; else nothing happens, and nobody is told. */
export async function mailResetLink(ctx: Context, { name, address, caller }: PasswordReset): Promise<void> {
  const person = await findUserByName(ctx, name)
  if (person === undefined || person.state !== 'active') return
  const canonical = address.trim().normalize('NFKC').toLowerCase()
  const own = (await listAddresses(ctx, person.id)).find(
    (known) => known.verifiedAt !== undefined && known.address.normalize('NFKC').toLowerCase() === canonical,
  )
  if (own === undefined) return
  const texts = textsFor(person.locale)
  const site = ctx.config.organisation.name
  await ctx.db.transaction(async (tx) => {
    const secret = await makeLink(ctx, tx, { purpose: 'password-reset', user: person.id, goodForMs: GOOD_FOR_MS })
    const lines = [
      texts('mail.greeting', { name: person.displayName }),
      '',
      texts('mail.password-reset.body'),
      `${ctx.config.login.url}/reset-password/${secret}`,
      '',
      texts('mail.password-reset.not-you'),
      '',
      texts('mail.sign', { site }),
    ]
    await enqueue(ctx, tx, person.id, {
      kind: 'mail',
      to: [own.address],
      subject: texts('mail.password-reset.subject', { site }),
      text: lines.join('\n'),
    })
    await record(ctx, tx, {
      at: ctx.now(),
      action: 'forgotten-password.mail-reset-link',
      outcome: 'mailed',
      subject: person.id,
      by: caller,
    })
  })
}
