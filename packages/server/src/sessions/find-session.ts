import type { Context } from '../context.ts'
import type { SessionKind } from '../db/columns.ts'
import type { Session } from '../session.ts'
import { lifetimeOf, SEEN_EVERY_MS } from './rules.ts'
import { sessionOf } from './session.ts'
import { hashOfSession } from './start-session.ts'

/** The session of this kind behind a cookie's secret: not ended, not too old, not unused for too long, its person active. Notes that it was seen. */
export async function findSession(ctx: Context, kind: SessionKind, secret: string | undefined): Promise<Session | undefined> {
  if (secret === undefined) return undefined
  const at = ctx.now()
  const row = await ctx.db.read
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .selectAll('sessions')
    .where('sessions.hash', '=', hashOfSession(ctx, secret))
    .where('sessions.kind', '=', kind)
    .where('sessions.ended_at', 'is', null)
    .where('sessions.expires_at', '>', at)
    .where('sessions.last_seen_at', '>', at - lifetimeOf(kind, ctx.config.session).idleMs)
    .where('users.state', '=', 'active')
    .executeTakeFirst()
  if (row === undefined) return undefined
  if (at - row.last_seen_at >= SEEN_EVERY_MS) await noteSeen(ctx, row.id, at)
  return sessionOf(row)
}

async function noteSeen(ctx: Context, id: Session['id'], at: number): Promise<void> {
  await ctx.db.transaction((tx) =>
    tx
      .updateTable('sessions')
      .set({ last_seen_at: at })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .where('last_seen_at', '<', at)
      .execute(),
  )
}
