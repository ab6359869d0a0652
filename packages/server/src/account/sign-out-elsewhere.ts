import type { Context } from '../context.ts'
import { callerOf, type Request } from '../http/request.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'

/** Ends every session of the person but this one: asked for, or because a factor has changed (security.md, After any recovery). */
export async function signOutElsewhere(request: Request, ctx: Context): Promise<void> {
  const { id, user } = request.get('session')
  await ctx.db.transaction((tx) => endSessionsOf(ctx, tx, callerOf(request), user, { except: id }))
}
