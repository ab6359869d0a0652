import type { Selectable } from 'kysely'
import type { Database, Tx } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'
import { LEASE_MS } from './rules.ts'

export type Row = Pick<Selectable<Schema['outbox']>, 'id' | 'kind' | 'sealed_payload' | 'attempts' | 'created_at'>

/** Takes messages that are due, for as long as the lease: the guard stands in the outer WHERE, which is judged again on the row as it is. */
export function claimDue(tx: Tx, now: number, most: number): Promise<Row[]> {
  return tx
    .updateTable('outbox')
    .set((row) => ({ attempts: row('attempts', '+', 1), not_before: now + LEASE_MS }))
    .where('id', 'in', (outbox) =>
      outbox
        .selectFrom('outbox')
        .select('id')
        .where('state', '=', 'waiting')
        .where('not_before', '<=', now)
        // Anybody may ask for new passwords, as often as they like: what owners are told does not wait behind that.
        .orderBy((row) => row.case().when('kind', '=', 'password-reset').then(1).else(0).end())
        // What failed before does not keep waiting what was never tried: a server that is away takes its time with each.
        .orderBy((row) => row.case().when('attempts', '>', 0).then(1).else(0).end())
        .orderBy('not_before')
        .orderBy('id')
        .limit(most),
    )
    .where('state', '=', 'waiting')
    .where('not_before', '<=', now)
    .returning(['id', 'kind', 'sealed_payload', 'attempts', 'created_at'])
    .execute()
}

/** The attempt's number is the claim: whoever lost its lease to another settles nothing. */
function claimed(tx: Tx, { id, attempts }: Row) {
  return tx.updateTable('outbox').where('id', '=', id).where('attempts', '=', attempts).where('state', '=', 'waiting')
}

/** What was sent is sent, also where it took longer than the lease: whoever claimed it meanwhile sends it once more, and nobody after that. */
export async function settleEnded(tx: Tx, row: Row, state: 'sent' | 'failed', at: number): Promise<void> {
  const own = tx.updateTable('outbox').where('id', '=', row.id).where('state', '=', 'waiting')
  await (state === 'sent' ? own : claimed(tx, row)).set({ state, ended_at: at }).execute()
}

/** What is left to be delivered waits for its next try. */
export async function settleWaiting(tx: Tx, row: Row, sealed_payload: Uint8Array, not_before: number): Promise<void> {
  await claimed(tx, row).set({ sealed_payload, not_before }).execute()
}

/** Gives back what was claimed and not tried. */
export async function release(tx: Tx, row: Row, at: number): Promise<void> {
  await claimed(tx, row)
    .set({ attempts: row.attempts - 1, not_before: at })
    .execute()
}

export async function deleteEnded(tx: Tx, state: 'sent' | 'failed', before: number): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('outbox')
    .where('state', '=', state)
    .where('ended_at', '<', before)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

export async function count(db: Database['read'], state: 'waiting' | 'failed'): Promise<{ messages: number; oldest: number | undefined }> {
  const row = await db
    .selectFrom('outbox')
    .select((outbox) => [outbox.fn.countAll<number>().as('messages'), outbox.fn.min('created_at').as('oldest')])
    .where('state', '=', state)
    .executeTakeFirstOrThrow()
  return { messages: Number(row.messages), oldest: row.oldest ?? undefined }
}
