import type { Context } from '../context.ts'

const KEPT_MS = 90 * 86_400_000

/** What owners were told long ago is forgotten here; the audit log keeps what was done. */
export async function sweepNotices(ctx: Context): Promise<void> {
  await ctx.db.transaction((tx) =>
    tx
      .deleteFrom('notices')
      .where('created_at', '<', ctx.now() - KEPT_MS)
      .execute(),
  )
}
