import type { Context } from '../context.ts'
import type { AddressId, UserId } from '../ids.ts'
import { makeLink } from '../links/make-link.ts'
import { enqueue } from '../outbox/enqueue.ts'
import { textsFor } from '../texts/texts.ts'

const HOUR_MS = 3_600_000
const GOOD_FOR_MS = 24 * HOUR_MS
/** Nobody's mailbox is filled by somebody else's account. */
const MOST_AN_HOUR = 5

/** Mails a link to an address that nobody has shown to be theirs yet. The one before is void. False if there were too many within an hour. */
export function mailAddressLink(ctx: Context, user: UserId, { id, address }: { id: AddressId; address: string }): Promise<boolean> {
  return ctx.db.transaction(async (tx) => {
    // The person's row, so that of any number at once each sees the ones before.
    await tx.updateTable('recovery_guards').set({ user_id: user }).where('user_id', '=', user).execute()
    const made = await tx
      .selectFrom('links')
      .select('id')
      .where('user_id', '=', user)
      .where('purpose', '=', 'address')
      .where('created_at', '>', ctx.now() - HOUR_MS)
      .execute()
    if (made.length >= MOST_AN_HOUR) return false
    const person = await tx.selectFrom('users').select(['login_name', 'locale']).where('id', '=', user).executeTakeFirstOrThrow()
    const secret = await makeLink(ctx, tx, { purpose: 'address', user, subject: id, goodForMs: GOOD_FOR_MS })
    const texts = textsFor(person.locale)
    const site = ctx.config.organisation.name
    const lines = [
      texts('mail.address.body', { user: person.login_name, site }),
      '',
      `${ctx.config.login.url}/address/${secret}`,
      '',
      texts('mail.address.not-you'),
      '',
      texts('mail.sign', { site }),
    ]
    await enqueue(ctx, tx, user, { kind: 'mail', to: [address], subject: texts('mail.address.subject', { site }), text: lines.join('\n') })
    return true
  })
}
