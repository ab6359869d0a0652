import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import { sealOrigin } from './origin.ts'

/** What the audit log keeps of a decision. Identifiers only: no name, no address, no code, no secret. */
export type Event = {
  at: number
  /** `tokens.validate-code`: the room and the verb. */
  action: string
  /** A literal: `accepted`, or the name of the refusal. */
  outcome: string
  /** Whose matter it is. */
  subject: UserId | undefined
  /** What it is about: a token, a session, a link. */
  object?: string | undefined
  by: Caller
}

/** Records a decision in the transaction that makes it. It is sealed into a block afterwards. */
export async function record(ctx: Context, tx: Tx, event: Event): Promise<void> {
  const { at, action, outcome, subject, object, by } = event
  await tx
    .insertInto('audit_events')
    .values({
      at,
      action,
      outcome,
      subject: subject ?? null,
      actor: by.actor ?? null,
      object: object ?? null,
      door: by.door,
      request: by.request === '' ? null : by.request,
      sealed_origin: subject === undefined ? null : await sealOrigin(ctx, tx, subject, by),
      block: null,
    })
    .execute()
}
