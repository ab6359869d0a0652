import type { Caller, Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import { hashOfDevice, rememberDevice } from '../passwords/remember-device.ts'
import { startSession } from '../sessions/start-session.ts'
import { verifyInvited } from './verify-invited.ts'

/** A session that opens the pages of enrolment and nothing else, for whoever has just set the first password. `known` is the device cookie's secret. */
export function beginEnrolment(
  ctx: Context,
  by: Caller,
  user: UserId,
  known: string | undefined,
): Promise<{ secret: string; device: string }> {
  return ctx.db.transaction(async (tx) => {
    await verifyInvited(ctx, tx, by, user)
    const device = await rememberDevice(ctx, tx, user, known)
    const { secret } = await startSession(ctx, tx, by, {
      user,
      kind: 'enrolment',
      amr: ['pwd'],
      passwordAt: ctx.now(),
      device: hashOfDevice(ctx, device),
    })
    return { secret, device }
  })
}
