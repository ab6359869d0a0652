import type { Context } from '../context.ts'

const KEPT_MS = 30 * 86_400_000

/** Links are forgotten a month after they ran out, or would have. */
export async function sweepLinks(ctx: Context): Promise<void> {
  await ctx.db.transaction((tx) =>
    tx
      .deleteFrom('links')
      .where('expires_at', '<', ctx.now() - KEPT_MS)
      .execute(),
  )
}
