import type { Caller, Context } from '../context.ts'
import { dropCookie } from '../http/cookies.ts'
import type { Request } from '../http/request.ts'
import type { Session } from '../session.ts'
import { endSession } from './end-session.ts'
import { findSession } from './find-session.ts'
import { sessionCookie, sessionSecretOf } from './session-cookie.ts'

/** Signs out of this browser: its self-administration ends too, so that whoever sits down next has no factor to change. */
export async function signOutHere(request: Request, ctx: Context, by: Caller, session: Session): Promise<void> {
  await endSession(ctx, by, session.id)
  const secret = sessionSecretOf(ctx.config, request.req.header('cookie'), 'self-administration')
  const other = await findSession(ctx, 'self-administration', secret)
  if (other !== undefined) await endSession(ctx, by, other.id)
  dropCookie(request, ctx.config, sessionCookie('sign-in'))
  dropCookie(request, ctx.config, sessionCookie('self-administration'))
}
