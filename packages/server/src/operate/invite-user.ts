import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'
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
    return { ...added, enrolmentLink: await sendInvitation(ctx, tx, added.user) }
  })
}

export type InvitedAgain = { outcome: 'invited'; enrolmentLink: string } | { outcome: 'no-such-user' | 'suspended' | 'enrolled' }

/** Another invitation for somebody who has not finished setting up their account: the link before it is good no longer. What they have set up stays. */
export function inviteAgain(ctx: Context, by: Caller, user: UserId): Promise<InvitedAgain> {
  return ctx.db.transaction(async (tx) => {
    const invited = await invite(ctx, tx, user)
    await record(ctx, tx, { at: ctx.now(), action: 'operate.invite-user', outcome: invited.outcome, subject: user, by })
    return invited
  })
}

async function invite(ctx: Context, tx: Tx, user: UserId): Promise<InvitedAgain> {
  // Holds the row: whoever finishes the enrolment at this moment comes after, or was before.
  const person = await tx
    .updateTable('users')
    .set((row) => ({ enrolled_at: row.ref('enrolled_at') }))
    .where('id', '=', user)
    .where('state', '!=', 'removed')
    .returning(['state', 'enrolled_at'])
    .executeTakeFirst()
  if (person === undefined) return { outcome: 'no-such-user' }
  if (person.state !== 'active') return { outcome: 'suspended' }
  if (person.enrolled_at !== null) return { outcome: 'enrolled' }
  return { outcome: 'invited', enrolmentLink: await sendInvitation(ctx, tx, user) }
}

/** Mails the link, and returns it. */
async function sendInvitation(ctx: Context, tx: Tx, user: UserId): Promise<string> {
  const secret = await makeLink(ctx, tx, { purpose: 'enrolment', user, goodForMs: LINK_MS })
  const enrolmentLink = `${ctx.config.login.url}/welcome/${secret}`
  const { login_name, display_name, locale, address } = await tx
    .selectFrom('users')
    .innerJoin('addresses', 'addresses.user_id', 'users.id')
    .select(['login_name', 'display_name', 'locale', 'address'])
    .where('users.id', '=', user)
    .where('addresses.ended_at', 'is', null)
    .orderBy('addresses.created_at')
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
  await enqueue(ctx, tx, user, { kind: 'mail', to: [address], subject: texts('mail.enrolment.subject', { site }), text })
  return enrolmentLink
}
