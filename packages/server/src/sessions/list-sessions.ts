import { type Origin, openOrigins } from '../audit/origin.ts'
import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import type { Session } from '../session.ts'
import { lifetimeOf } from './rules.ts'
import { sessionOf } from './session.ts'

/** The browsers in which a person is signed in, last seen first, and where each came from. */
export async function listSessions(ctx: Context, user: UserId): Promise<(Session & { origin: Origin | undefined })[]> {
  const at = ctx.now()
  const rows = await ctx.db.read
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', user)
    .where('kind', '=', 'sign-in')
    .where('ended_at', 'is', null)
    .where('expires_at', '>', at)
    .where('last_seen_at', '>', at - lifetimeOf('sign-in', ctx.config.session).idleMs)
    .orderBy('last_seen_at', 'desc')
    .execute()
  const origins = await openOrigins(
    ctx,
    user,
    rows.map(({ sealed_origin }) => sealed_origin),
  )
  return rows.map((row, index) => ({ ...sessionOf(row), origin: origins[index] }))
}
