import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { dummyHash } from '../hashing/dummy-hash.ts'
import { type AddressId, isId, type NoticeId, type TokenId, type UserId } from '../ids.ts'
import { findLink } from '../links/find-link.ts'
import { hashOfLink } from '../links/make-link.ts'
import { spendLink } from '../links/spend-link.ts'
import { enqueue } from '../outbox/enqueue.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { sayMoment, type TextId, textsFor } from '../texts/texts.ts'
import { NOTICE_ACTIONS, type NoticeAction } from './tell-owner.ts'

/** What the rooms above this one undo. Each may be asked twice; false if there was nothing to do. */
export type Undo = {
  suspendToken: (by: Caller, user: UserId, token: TokenId) => Promise<boolean>
  bringBackToken: (by: Caller, user: UserId, token: TokenId) => Promise<boolean>
  voidActivation: (by: Caller, user: UserId) => Promise<boolean>
  bringBackAddress: (by: Caller, user: UserId, address: AddressId) => Promise<boolean>
}

/** What was done beside ending every session. Each has a text `repudiated.…`. */
export const UNDONE = [
  'token-suspended',
  'token-back',
  'activation-void',
  'address-back',
  'password-ended',
  'questions-ended',
  'recovery-codes-ended',
  'address-ended',
  'help-desk-told',
] as const
export type Undone = (typeof UNDONE)[number]
export type Repudiated = { outcome: 'repudiated'; undone: readonly Undone[] } | { outcome: 'spent' }

/** What a notice told. Times are milliseconds since 1970. */
export type Told = {
  id: NoticeId
  user: UserId
  action: NoticeAction
  added: string | undefined
  ended: string | undefined
  at: number
  repudiated: boolean
}

/**
 * `This wasn't me`. Suspends what was added, brings back what was ended, ends every session; tells the help desk (docs/decisions/0007).
 * Tokens, and what comes back, come first: that may be done twice, so whatever interrupts this, the link is still good. It is spent with the rest.
 */
export async function repudiate(ctx: Context, by: Caller, secret: string, undo: Undo): Promise<Repudiated> {
  const link = await findLink(ctx, 'notice', secret)
  const told = link?.subject === undefined ? undefined : await findTold(ctx, link.subject)
  if (told === undefined) return { outcome: 'spent' }
  const first = await undoInRooms(by, told, undo)
  return ctx.db.transaction(async (tx) => {
    if ((await spendLink(ctx, tx, 'notice', secret)) === undefined) return { outcome: 'spent' }
    const at = ctx.now()
    await tx.updateTable('notices').set({ repudiated_at: at }).where('id', '=', told.id).execute()
    const rest = await undoRest(ctx, tx, told, at)
    await endSessionsOf(ctx, tx, by, told.user, {})
    await record(ctx, tx, { at, action: 'notices.repudiate', outcome: told.action, subject: told.user, object: told.id, by })
    const undone = [...first, ...rest]
    const asked = await tellHelpDesk(ctx, tx, told, undone)
    return { outcome: 'repudiated', undone: asked ? [...undone, 'help-desk-told'] : undone }
  })
}

async function undoInRooms(by: Caller, { user, added, ended }: Told, undo: Undo): Promise<Undone[]> {
  const undone: Undone[] = []
  if (added !== undefined && isId('tkn', added) && (await undo.suspendToken(by, user, added))) undone.push('token-suspended')
  if (ended !== undefined && isId('tkn', ended) && (await undo.bringBackToken(by, user, ended))) undone.push('token-back')
  // Whatever the notice told of: the owner must not be led to finish what a stranger began.
  if (await undo.voidActivation(by, user)) undone.push('activation-void')
  if (ended !== undefined && isId('adr', ended) && (await undo.bringBackAddress(by, user, ended))) undone.push('address-back')
  return undone
}

/** Nothing that was set after the notice: that is another matter, with a notice of its own. */
async function undoRest(ctx: Context, tx: Tx, told: Told, at: number): Promise<Undone[]> {
  switch (told.action) {
    case 'password-changed':
    case 'password-reset':
      return (await endPassword(ctx, tx, told, at)) ? ['password-ended'] : []
    case 'questions-changed':
      return (await endQuestions(tx, told)) ? ['questions-ended'] : []
    case 'recovery-codes-renewed':
      return (await endRecoveryCodes(tx, told, at)) ? ['recovery-codes-ended'] : []
    case 'address-added':
      return (await endAddress(tx, told, at)) ? ['address-ended'] : []
    default:
      return []
  }
}

/**
 * A password that its owner did not choose is nobody's: a hash that no password has stands in its place, until a new one is set by mail and a proof.
 * It counts as changed, so that no sign-in goes on behind the one before.
 */
async function endPassword(ctx: Context, tx: Tx, { user, at: toldAt }: Told, at: number): Promise<boolean> {
  const rows = await tx
    .updateTable('passwords')
    .set({ hash: dummyHash(ctx), changed_at: at })
    .where('user_id', '=', user)
    .where('changed_at', '<=', toldAt)
    .returning('user_id')
    .execute()
  return rows.length > 0
}

async function endQuestions(tx: Tx, { user, at }: Told): Promise<boolean> {
  const rows = await tx
    .deleteFrom('question_answers')
    .where('user_id', '=', user)
    .where('created_at', '<=', at)
    .returning('place')
    .execute()
  if (rows.length > 0) await tx.deleteFrom('question_rounds').where('user_id', '=', user).execute()
  return rows.length > 0
}

async function endRecoveryCodes(tx: Tx, { user, at: toldAt }: Told, at: number): Promise<boolean> {
  const rows = await tx
    .updateTable('recovery_code_sets')
    .set({ ended_at: at })
    .where('user_id', '=', user)
    .where('ended_at', 'is', null)
    .where('created_at', '<=', toldAt)
    .returning('id')
    .execute()
  return rows.length > 0
}

async function endAddress(tx: Tx, { user, added }: Told, at: number): Promise<boolean> {
  if (added === undefined || !isId('adr', added)) return false
  const rows = await tx
    .updateTable('addresses')
    .set({ ended_at: at, recovery_from: null })
    .where('id', '=', added)
    .where('user_id', '=', user)
    .where('ended_at', 'is', null)
    .returning('id')
    .execute()
  return rows.length > 0
}

/** The help desk reads whom to call; nothing in the mail opens anything. False if there is no address to write to. */
async function tellHelpDesk(ctx: Context, tx: Tx, told: Told, undone: readonly Undone[]): Promise<boolean> {
  const to = ctx.config.organisation.helpDeskEmail
  const person = await tx.selectFrom('users').select('login_name').where('id', '=', told.user).executeTakeFirst()
  if (to === undefined || person === undefined) return false
  const texts = textsFor('en')
  const lines = [
    texts('repudiated.mail.body', { user: person.login_name, id: told.user }),
    '',
    texts('mail.what', { what: texts(`notice.${told.action}`) }),
    texts('mail.when', { when: sayMoment(told.at, 'en', 'UTC') }),
    '',
    texts('repudiated.sessions'),
    ...undone.map((what): string => texts(`repudiated.${what}` satisfies TextId)),
    '',
    texts('repudiated.mail.next'),
  ]
  const subject = texts('repudiated.mail.subject', { site: ctx.config.organisation.name, user: person.login_name })
  await enqueue(ctx, tx, undefined, { kind: 'mail', to: [to], subject, text: lines.join('\n') })
  return true
}

/** What a notice told, by its id. */
async function findTold(ctx: Context, id: string): Promise<Told | undefined> {
  if (!isId('ntc', id)) return undefined
  const row = await ctx.db.read.selectFrom('notices').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return undefined
  const action = NOTICE_ACTIONS.find((known) => known === row.action) ?? 'other-notice'
  return {
    id,
    user: row.user_id,
    action,
    added: row.added_id ?? undefined,
    ended: row.ended_id ?? undefined,
    at: row.created_at,
    repudiated: row.repudiated_at !== null,
  }
}

/**
 * What a link's secret is about: while it is good, and after its button was pressed, for whoever has it to read on.
 * Unknown, expired and void ones (a restored database) look alike.
 */
export async function findNotice(ctx: Context, secret: string): Promise<Told | undefined> {
  const link = await ctx.db.read
    .selectFrom('links')
    .select(['subject_id', 'used_at'])
    .where('hash', '=', hashOfLink(ctx, secret))
    .where('purpose', '=', 'notice')
    .where('expires_at', '>', ctx.now())
    .executeTakeFirst()
  const told = link?.subject_id ? await findTold(ctx, link.subject_id) : undefined
  return link?.used_at === null || told?.repudiated === true ? told : undefined
}
