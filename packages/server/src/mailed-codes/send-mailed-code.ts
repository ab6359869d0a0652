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

/**
 * Mails a code to every recovery address of a person. It is good in this session alone, for ten minutes, and ends the one before.
 * Where there is no such address a code is made all the same, which nobody learns: the answers, to this wish and to what is typed then, are those of everybody.
 */
export function sendMailedCode(ctx: Context, by: Caller, user: UserId, session: SessionId): Promise<MailedCodeSent> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const known = await holdProofs(tx, user)
    const addresses = await recoveryAddresses(tx, user, at)
    const sent = await send(ctx, tx, { user, session, at, to: addresses.map(({ address }) => address), known })
    const outcome = addresses.length === 0 ? 'no-address' : sent.outcome
    const subject = known ? user : undefined
    await record(ctx, tx, { at, action: 'mailed-codes.send-mailed-code', outcome, subject, object: session, by })
    return sent
  })
}

type Wish = { user: UserId; session: SessionId; at: number; to: readonly string[]; known: boolean }

async function send(ctx: Context, tx: Tx, { user, session, at, to, known }: Wish): Promise<MailedCodeSent> {
  const expiresAt = at + GOOD_FOR_MS
  if (!known) return { outcome: 'sent', expiresAt }
  const { count, oldest } = await mailsSince(tx, user, at - MAILS_MS)
  if (count >= MOST_MAILS) return { outcome: 'too-many', until: oldest + MAILS_MS }
  const id = drawId('mcd', ctx.random)
  const code = drawMailedCode(ctx.random)
  await voidCodes(tx, user, at)
  await insertCode(tx, { id, user, session, hash: hashOfMailedCode(ctx, id, code), tries: TRIES, at, expiresAt })
  const mail = await writeMail(ctx, tx, user, printCode(code))
  for (const address of to) await enqueue(ctx, tx, user, { kind: 'mail', to: [address], ...mail })
  return { outcome: 'sent', expiresAt }
}
