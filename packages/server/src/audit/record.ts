import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { run, statement } from '../db/statement.ts'
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

const INSERT = statement<never>(
  'insert into audit_events (at, action, outcome, subject, actor, object, door, request, sealed_origin) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
)

/** Records a decision in the transaction that makes it. It is sealed into a block afterwards. */
export async function record(ctx: Context, tx: Tx, event: Event): Promise<void> {
  const { at, action, outcome, subject, object, by } = event
  const sealed = subject === undefined ? null : await sealOrigin(ctx, tx, subject, by)
  const request = by.request === '' ? null : by.request
  await run(ctx.db.engine, tx, INSERT, at, action, outcome, subject ?? null, by.actor ?? null, object ?? null, by.door, request, sealed)
}
