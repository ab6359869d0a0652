import type { Caller, Context } from '../context.ts'
import { makeLink } from '../links/make-link.ts'
import { enqueue } from '../outbox/enqueue.ts'
import { textsFor } from '../texts/texts.ts'
import { type Added, addUserIn, type NewUser } from '../users/add-user.ts'

const LINK_MS = 3 * 24 * 3_600_000

/** `enrolmentLink`: the whole address, good once and for three days. It is shown to whoever invites, and mailed to the person. */
export type Invited = Exclude<Added, { outcome: 'added' }> | (Extract<Added, { outcome: 'added' }> & { enrolmentLink: string })

/** Adds a person and invites them: in one transaction, so that nobody is there without a way in. */
export function inviteUser(ctx: Context, by: Caller, wish: NewUser): Promise<Invited> {
  return ctx.db.transaction(async (tx) => {
    const added = await addUserIn(ctx, tx, by, wish)
    if (added.outcome !== 'added') return added
    const secret = await makeLink(ctx, tx, { purpose: 'enrolment', user: added.user, goodForMs: LINK_MS })
    const enrolmentLink = `${ctx.config.login.url}/welcome/${secret}`
    const { login_name, display_name, locale, address } = await tx
      .selectFrom('users')
      .innerJoin('addresses', 'addresses.user_id', 'users.id')
      .select(['login_name', 'display_name', 'locale', 'address'])
      .where('users.id', '=', added.user)
      .executeTakeFirstOrThrow()
    const texts = textsFor(locale)
    const site = ctx.config.organisation.name
    const text = [
      texts('mail.greeting', { name: display_name }),
      '',
      texts('mail.enrolment.body', { user: login_name }),
      enrolmentLink,
      '',
      texts('mail.sign', { site }),
    ].join('\n')
    await enqueue(ctx, tx, added.user, { kind: 'mail', to: [address], subject: texts('mail.enrolment.subject', { site }), text })
    return { ...added, enrolmentLink }
  })
}
