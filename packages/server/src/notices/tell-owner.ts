import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { drawId, type UserId } from '../ids.ts'
import { makeLink } from '../links/make-link.ts'
import { enqueue } from '../outbox/enqueue.ts'
import { sayMoment, type Texts, textsFor } from '../texts/texts.ts'
import { sayBrowser } from './say-browser.ts'

/** What owners are told of: each has a text `notice.…`. */
export const NOTICE_ACTIONS = [
  'token-activated',
  'token-recreated',
  'token-unlocked',
  'token-ended',
  'token-disabled',
  'token-enabled',
  'token-suspended',
  'wrong-codes',
  'doors-shut',
  'old-copy',
  'ticket-opened-twice',
  'password-changed',
  'password-reset',
  'questions-changed',
  'recovery-codes-renewed',
  'recovery-code-used',
  'recovery-locked',
  'address-added',
  'address-removed',
  'address-back',
  'other-notice',
] as const
export type NoticeAction = (typeof NOTICE_ACTIONS)[number]
/** `added` and `ended` are what `This wasn't me` suspends and brings back. */
export type Notice = { action: NoticeAction; added?: string; ended?: string }

const LINK_MS = 7 * 24 * 3_600_000

/**
 * Mails every verified address of a person, in the transaction that did it: what, when, from where. Those that may prove a recovery get a link to say
 * `This wasn't me`; one that was added lately does not, or whoever added it could undo what the owner does (docs/decisions/0010).
 */
export async function tellOwner(ctx: Context, tx: Tx, by: Caller, user: UserId, notice: Notice): Promise<void> {
  const person = await tx.selectFrom('users').select(['display_name', 'locale', 'time_zone']).where('id', '=', user).executeTakeFirst()
  const addresses = await tx
    .selectFrom('addresses')
    .select(['address', 'recovery_from'])
    .where('user_id', '=', user)
    .where('verified_at', 'is not', null)
    .where('ended_at', 'is', null)
    .orderBy('created_at')
    .execute()
  const id = drawId('ntc', ctx.random)
  const at = ctx.now()
  await tx
    .insertInto('notices')
    .values({
      id,
      user_id: user,
      action: notice.action,
      added_id: notice.added ?? null,
      ended_id: notice.ended ?? null,
      created_at: at,
      repudiated_at: null,
    })
    .execute()
  if (person === undefined || addresses.length === 0) return
  const secret = await makeLink(ctx, tx, { purpose: 'notice', user, subject: id, goodForMs: LINK_MS })
  const link = `${ctx.config.login.url}/notice/${secret}`
  const subject = `${ctx.config.organisation.name}: ${textsFor(person.locale)(`notice.${notice.action}`)}`
  // A mail for each, so that no address learns of another.
  for (const { address, recovery_from } of addresses) {
    const mayUndo = recovery_from !== null && recovery_from <= at
    const text = write(ctx, by, { person, notice, at, link: mayUndo ? link : undefined })
    await enqueue(ctx, tx, user, { kind: 'mail', to: [address], subject, text })
  }
}

/** When the owner was last told of this (milliseconds since 1970); undefined if never, or long ago. */
export async function lastTold(
  tx: Tx,
  user: UserId,
  { action, added }: Required<Pick<Notice, 'action' | 'added'>>,
): Promise<number | undefined> {
  const row = await tx
    .selectFrom('notices')
    .select('created_at')
    .where('user_id', '=', user)
    .where('action', '=', action)
    .where('added_id', '=', added)
    .orderBy('created_at', 'desc')
    .executeTakeFirst()
  return row?.created_at
}

type Letter = {
  person: { display_name: string; locale: string; time_zone: string }
  notice: Notice
  at: number
  link: string | undefined
}

function write(ctx: Context, by: Caller, { person, notice, at, link }: Letter): string {
  const texts = textsFor(person.locale)
  return [
    texts('mail.greeting', { name: person.display_name }),
    '',
    texts('mail.what', { what: texts(`notice.${notice.action}`) }),
    texts('mail.when', { when: sayMoment(at, person.locale, person.time_zone) }),
    texts('mail.where', { where: sayPlace(texts, by) }),
    '',
    texts('mail.was-you'),
    ...(link === undefined ? [texts('mail.was-not-you.elsewhere')] : [texts('mail.was-not-you'), link]),
    '',
    texts('mail.sign', { site: ctx.config.organisation.name }),
  ].join('\n')
}

function sayPlace(texts: Texts, by: Caller): string {
  if (by.address === undefined) return texts('mail.where.unknown')
  const browser = by.browser === undefined ? undefined : sayBrowser(by.browser)
  return browser === undefined
    ? texts('mail.where.address', { address: by.address })
    : texts('mail.where.browser', { browser, address: by.address })
}
