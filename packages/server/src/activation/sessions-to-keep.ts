import type { Context } from '../context.ts'
import type { Request } from '../http/request.ts'
import type { SessionId, UserId } from '../ids.ts'
import { sessionOfRequest } from '../sign-in/require-sign-in.ts'

/** The sessions of the browser in which a factor is changed: the one that acts, and the person's sign-in beside it. All others end (security.md, After any recovery). */
export async function sessionsToKeep(request: Request, ctx: Context, acting: { user: UserId; session: SessionId }): Promise<SessionId[]> {
  const signedIn = await sessionOfRequest(request, ctx)
  return signedIn?.user === acting.user ? [acting.session, signedIn.id] : [acting.session]
}
