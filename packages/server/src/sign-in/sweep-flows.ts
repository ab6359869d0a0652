import type { Context } from '../context.ts'

/** Sign-ins that are over are forgotten. */
export async function sweepFlows(ctx: Context): Promise<void> {
  await ctx.db.transaction((tx) => tx.deleteFrom('sign_in_flows').where('expires_at', '<', ctx.now()).execute())
}
