import type { Context } from '../context.ts'
import { callerOf, type Request } from '../http/request.ts'
import type { SessionId } from '../ids.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { findSession } from '../sessions/find-session.ts'
import { sessionSecretOf } from '../sessions/session-cookie.ts'
import type { Activating } from './activating.ts'

/** A new token ends every session but those of the browser in which it was registered (security.md, After any recovery). */
export async function completeActivation(request: Request, ctx: Context, who: Activating): Promise<void> {
  const own = await findSession(ctx, 'sign-in', sessionSecretOf(ctx.config, request.req.header('cookie'), 'sign-in'))
  const except: SessionId[] = own?.user === who.user ? [who.session, own.id] : [who.session]
  await ctx.db.transaction((tx) => endSessionsOf(ctx, tx, callerOf(request), who.user, { except }))
}
