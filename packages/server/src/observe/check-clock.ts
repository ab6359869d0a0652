import { sql } from 'kysely'
import type { Context } from '../context.ts'

/** How far apart clocks may be before codes fail in numbers. */
const FAR_MS = 5 * 60_000

/** `offBy` in milliseconds: positive where this machine is ahead. */
export type ClockState = { ok: true } | { ok: false; against: 'database' | 'audit-log'; offBy: number }

/**
 * Compares this machine's clock with the database server's; on the embedded database, with the newest event of the audit log, which cannot lie
 * in the future. On PostgreSQL such an event tells of the clock of another instance, which knows it itself.
 */
export async function checkClock(ctx: Pick<Context, 'db' | 'now'>): Promise<ClockState> {
  return ctx.db.engine === 'sqlite' ? againstAuditLog(ctx) : againstDatabase(ctx)
}

async function againstAuditLog(ctx: Pick<Context, 'db' | 'now'>): Promise<ClockState> {
  const newest = await ctx.db.read.selectFrom('audit_events').select('at').orderBy('id', 'desc').limit(1).executeTakeFirst()
  if (newest === undefined || newest.at <= ctx.now() + FAR_MS) return { ok: true }
  return { ok: false, against: 'audit-log', offBy: ctx.now() - newest.at }
}

async function againstDatabase(ctx: Pick<Context, 'db' | 'now'>): Promise<ClockState> {
  const { rows } = await sql<{ at: number }>`select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as at`.execute(ctx.db.read)
  const offBy = ctx.now() - (rows[0]?.at ?? Number.NaN)
  return Math.abs(offBy) <= FAR_MS ? { ok: true } : { ok: false, against: 'database', offBy }
}
