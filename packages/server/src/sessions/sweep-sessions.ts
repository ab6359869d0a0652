import type { Context } from '../context.ts'

const KEPT_MS = 30 * 86_400_000

/** Sessions are forgotten a month after they ran out, or would have; the audit log keeps that they were. */
export async function sweepSessions(ctx: Context): Promise<void> {
  await ctx.db.transaction((tx) =>
    tx
      .deleteFrom('sessions')
      .where('expires_at', '<', ctx.now() - KEPT_MS)
      .execute(),
  )
}
