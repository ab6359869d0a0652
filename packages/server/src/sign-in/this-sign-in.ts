import type { Context } from '../context.ts'
import { browserOf } from '../http/browser-cookie.ts'
import { dropCookie, writeCookie } from '../http/cookies.ts'
import { linkButton } from '../http/page/parts.ts'
import type { Request } from '../http/request.ts'
import { showPage } from '../http/show.ts'
import { DEVICE_MS } from '../passwords/remember-device.ts'
import { sessionCookie } from '../sessions/session-cookie.ts'
import { findFlow, type SignIn } from './store.ts'

/** The cookie of a browser that somebody has signed in with before. */
export const DEVICE = 'device'

/** The browser's own sign-in of this address; its forms may lead where the sign-in leads. */
export async function flowOf(request: Request, ctx: Context): Promise<SignIn | undefined> {
  const flow = await findFlow(ctx, request.req.param('flow') ?? '', browserOf(request, ctx))
  request.set('formOrigin', flow?.form_origin ?? undefined)
  return flow
}

export function showOver(request: Request, ctx: Context): Promise<Response> {
  const { texts } = request.get('facts')
  return showPage(request, ctx, {
    title: texts('sign-in.over'),
    lead: texts('sign-in.over.lead'),
    body: linkButton('/', texts('sign-in.again'), 'primary'),
  })
}

/** The cookies of somebody who is signed in, or is on the way through enrolment. */
export function keepSession(
  request: Request,
  ctx: Context,
  kind: 'sign-in' | 'enrolment',
  { secret, device }: { secret: string; device: string },
): void {
  writeCookie(request, ctx.config, sessionCookie(kind), secret)
  writeCookie(request, ctx.config, DEVICE, device, DEVICE_MS)
  if (kind === 'sign-in') dropCookie(request, ctx.config, sessionCookie('enrolment'))
}
