import { record } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import { makeLink } from '../links/make-link.ts'
import { enqueue, type PasswordReset } from '../outbox/enqueue.ts'
import { holdProofs } from '../recovery-guards/settle-proof.ts'
import { textsFor } from '../texts/texts.ts'
import { findUserByName } from '../users/find-user.ts'
import { listAddresses } from '../users/list-addresses.ts'

const GOOD_FOR_MS = 30 * 60_000
/** Whoever knows a name and its address can have that many mails sent, and make that many links void, in an hour. */
const MOST_AN_HOUR = 3
const HOUR_MS = 60 * 60_000

/** Mails the link for a new password, if name and address (one that may prove a recovery) are those of one active person; else nothing happens, and nobody is told. */
export async function mailResetLink(ctx: Context, { name, address, caller }: PasswordReset): Promise<void> {
  const person = await findUserByName(ctx, name)
  if (person === undefined || person.state !== 'active') return
  const canonical = address.trim().normalize('NFKC').toLowerCase()
  const own = (await listAddresses(ctx, person.id)).find(
    ({ address: known, recoveryFrom }) =>
      recoveryFrom !== undefined && recoveryFrom <= ctx.now() && known.normalize('NFKC').toLowerCase() === canonical,
  )
  if (own === undefined) return
  const texts = textsFor(person.locale)
  const site = ctx.config.organisation.name
  const log = { action: 'forgotten-password.mail-reset-link', subject: person.id, by: caller } as const
  await ctx.db.transaction(async (tx) => {
    // The person's row first: of several wishes at once each counts those before it.
    await holdProofs(tx, person.id)
    if ((await countRecent(ctx, tx, person.id)) >= MOST_AN_HOUR) {
      await record(ctx, tx, { ...log, at: ctx.now(), outcome: 'too-many' })
      return
    }
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
    await record(ctx, tx, { ...log, at: ctx.now(), outcome: 'mailed' })
  })
}

/** Links that were mailed within an hour. */
async function countRecent(ctx: Context, tx: Tx, user: UserId): Promise<number> {
  const rows = await tx
    .selectFrom('links')
    .select('id')
    .where('purpose', '=', 'password-reset')
    .where('user_id', '=', user)
    .where('created_at', '>', ctx.now() - HOUR_MS)
    .execute()
  return rows.length
}
