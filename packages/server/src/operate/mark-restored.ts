import { stepAt } from '@latchkey/protocol/otp/totp'
import { sql } from 'kysely'
import type { Caller, Context } from '../context.ts'
import type { Database, Tx } from '../db/database.ts'

/** What ended because the database was put back. */
export type Ended = { sessions: number; links: number; activations: number; messages: number }

/**
 * Makes a database from a backup safe to go on with: what was used since the backup is not good again. Security codes of steps up to
 * now are refused; sessions, flows, links, mailed codes, pending activations and whatever relying parties hold end; messages that
 * waited may have left long ago, and are dropped. Keys that sign may have been replaced since because they leaked: they go, and the next start
 * makes others. Tables of other rooms too: like erasing a person, this is whole or not at all.
 */
export function markRestored(ctx: Pick<Context, 'now'> & { db: Database }, by: Caller): Promise<Ended> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await refuseOldCodes(tx, at)
    const ended = await endEverything(tx, at)
    for (const table of ['sign_in_flows', 'oidc_models', 'shown_once'] as const) await tx.deleteFrom(table).execute()
    await tx.deleteFrom('signing_keys').where('use', '!=', 'audit').execute()
    await tx.deleteFrom('facts').where('name', 'like', 'instance/%').execute()
    await tx.deleteFrom('facts').where('name', 'in', ['keys-current', 'readiness']).execute()
    await tx.insertInto('audit_events').values({ at, action: 'operate.restore', outcome: 'restored', door: by.door }).execute()
    return ended
  })
}

/**
 * Two steps more than now, and for a token whose clock is ahead as many more: its codes may have been used, one step ahead of a drift that was
 * learnt since the backup. Who had a clock moved by more since then is known to nobody (docs/operate/backup.md).
 */
async function refuseOldCodes(tx: Tx, at: number): Promise<void> {
  const step = stepAt(at) + 2
  for (const [name, value] of [
    ['restored-at', String(at)],
    ['restored-step', String(step)],
  ] as const) {
    await tx
      .insertInto('facts')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute()
  }
  const drift = sql<number>`(select drift from soft_tokens where soft_tokens.token_id = key_sets.token_id)`
  await tx
    .updateTable('key_sets')
    .set({ last_step: sql<number>`${step} + ${drift}` })
    .where(drift, '>', 0)
    .where('last_step', '<', sql<number>`${step} + ${drift}`)
    .execute()
}

async function endEverything(tx: Tx, at: number): Promise<Ended> {
  const sessions = await tx.updateTable('sessions').set({ ended_at: at }).where('ended_at', 'is', null).returning('id').execute()
  const links = await tx.updateTable('links').set({ used_at: at }).where('used_at', 'is', null).returning('id').execute()
  await tx.updateTable('mailed_codes').set({ used_at: at }).where('used_at', 'is', null).execute()
  const activations = await tx
    .updateTable('activations')
    .set({ state: 'void', ended_at: at, sealed_code: null, sealed_ticket: null, sealed_keys: null })
    .where('state', 'in', ['open', 'provisional'])
    .returning('id')
    .execute()
  await tx
    .updateTable('authenticators')
    .set({ state: 'ended', ended_at: at, reason: 'never-registered' })
    .where('state', '=', 'pending')
    .execute()
  const messages = await tx
    .updateTable('outbox')
    .set({ state: 'failed', ended_at: at })
    .where('state', '=', 'waiting')
    .returning('id')
    .execute()
  return { sessions: sessions.length, links: links.length, activations: activations.length, messages: messages.length }
}
