import type { Context } from '../context.ts'

/** What stands for the login name of somebody who was removed: it says no name, and no name is spelt like it. */
export function tombstoneOf(ctx: Context, canonical: string): string {
  return `~${ctx.keys.hash('removed-login-name', canonical)}`
}
