import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { plural, runForEach } from '../db/statement.ts'
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

const COLUMNS = 'at, action, outcome, subject, actor, object, door, request, sealed_origin'
const INSERT = plural<never>(
  `insert into audit_events (${COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  `insert into audit_events (${COLUMNS})
   select * from unnest(?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bytea[])`,
)

/** Records a decision in the transaction that makes it. It is sealed into a block afterwards. */
export function record(ctx: Context, tx: Tx, event: Event): Promise<void> {
  return recordAll(ctx, tx, [event])
}

/** Several, in their order. */
export async function recordAll(ctx: Context, tx: Tx, events: readonly Event[]): Promise<void> {
  const rows = []
  for (const { at, action, outcome, subject, object, by } of events) {
    const sealed = subject === undefined ? null : await sealOrigin(ctx, tx, subject, by)
    const request = by.request === '' ? null : by.request
    rows.push([at, action, outcome, subject ?? null, by.actor ?? null, object ?? null, by.door, request, sealed])
  }
  await runForEach(ctx.db.engine, tx, INSERT, rows)
}
