import { printCode } from '@latchkey/protocol/codes/code'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { drawId, type SessionId, type UserId } from '../ids.ts'
import { enqueue } from '../outbox/enqueue.ts'
import { holdProofs } from '../recovery-guards/settle-proof.ts'
import { recoveryAddresses } from '../users/list-addresses.ts'
import { drawMailedCode, GOOD_FOR_MS, MAILS_MS, MOST_MAILS, TRIES } from './rules.ts'
import { hashOfMailedCode, insertCode, mailsSince, voidCodes } from './store.ts'
import { writeMail } from './write-mail.ts'

export type MailedCodeSent =
  | { outcome: 'sent'; expiresAt: number }
  /** Five were sent within an hour; the next may be sent then (milliseconds UTC). */
  | { outcome: 'too-many'; until: number }
  /** No address of the person may prove a recovery. */
  | { outcome: 'no-address' }

/** Mails a code to every recovery address of a person. It is good in this session alone, for ten minutes, and ends the one before. */
export function sendMailedCode(ctx: Context, by: Caller, user: UserId, session: SessionId): Promise<MailedCodeSent> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const known = await holdProofs(tx, user)
    const sent = await send(ctx, tx, user, session, at)
    const subject = known ? user : undefined
    await record(ctx, tx, { at, action: 'mailed-codes.send-mailed-code', outcome: sent.outcome, subject, object: session, by })
    return sent
  })
}

async function send(ctx: Context, tx: Tx, user: UserId, session: SessionId, at: number): Promise<MailedCodeSent> {
  const addresses = await recoveryAddresses(tx, user, at)
  if (addresses.length === 0) return { outcome: 'no-address' }
  const { count, oldest } = await mailsSince(tx, user, at - MAILS_MS)
  if (count >= MOST_MAILS) return { outcome: 'too-many', until: oldest + MAILS_MS }
  const id = drawId('mcd', ctx.random)
  const code = drawMailedCode(ctx.random)
  const expiresAt = at + GOOD_FOR_MS
  await voidCodes(tx, user, at)
  await insertCode(tx, { id, user, session, hash: hashOfMailedCode(ctx, id, code), tries: TRIES, at, expiresAt })
  const mail = await writeMail(ctx, tx, user, printCode(code))
  for (const { address } of addresses) await enqueue(ctx, tx, user, { kind: 'mail', to: [address], ...mail })
  return { outcome: 'sent', expiresAt }
}
