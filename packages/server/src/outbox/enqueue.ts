import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { drawId, type SessionId, type UserId } from '../ids.ts'

/** A mail, written in its reader's language. Links are the only secrets that it may hold. */
export type Mail = { kind: 'mail'; to: readonly string[]; subject: string; text: string }
/** Relying parties are to be told that these sessions ended. */
export type BackChannelLogout = { kind: 'back-channel-logout'; sessions: readonly SessionId[] }
/** Somebody asked for a new password. Whether there is such a person is looked up when this is delivered: the page that asked knows no more than they do. */
export type PasswordReset = { kind: 'password-reset'; name: string; address: string; caller: Caller }
export type Message = Mail | BackChannelLogout | PasswordReset

/** Puts a message into the outbox, in the transaction that gives rise to it; it leaves after the commit. */
export async function enqueue(ctx: Context, tx: Tx, user: UserId | undefined, message: Message): Promise<void> {
  const id = drawId('out', ctx.random)
  const at = ctx.now()
  await tx
    .insertInto('outbox')
    .values({
      id,
      kind: message.kind,
      user_id: user ?? null,
      sealed_payload: ctx.keys.seal({ table: 'outbox', column: 'sealed_payload', id }, Buffer.from(JSON.stringify(message))),
      state: 'waiting',
      attempts: 0,
      not_before: at,
      created_at: at,
      ended_at: null,
    })
    .execute()
}
