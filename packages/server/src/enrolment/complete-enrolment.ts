import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Session } from '../session.ts'
import { startSession } from '../sessions/start-session.ts'
import { finishEnrolment } from '../users/finish-enrolment.ts'
import { verifyInvited } from './verify-invited.ts'

/**
 * Nothing is left to do: the session of the enrolment ends, and one of a sign-in begins with what was proved in it. Undefined if it
 * ended meanwhile, or if the enrolment was finished in another session: what was proved in this one is the password alone.
 */
export function completeEnrolment(ctx: Context, by: Caller, session: Session): Promise<string | undefined> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const ended = await tx
      .updateTable('sessions')
      .set({ ended_at: at })
      .where('id', '=', session.id)
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (ended === undefined) return undefined
    if (!(await finishEnrolment(ctx, tx, session.user))) return undefined
    await verifyInvited(ctx, tx, by, session.user)
    await record(ctx, tx, { at, action: 'enrolment.complete', outcome: 'complete', subject: session.user, by })
    const { secret } = await startSession(ctx, tx, by, {
      user: session.user,
      kind: 'sign-in',
      amr: ['pwd'],
      passwordAt: session.passwordAt ?? at,
      ...(session.device === undefined ? {} : { device: session.device }),
    })
    return secret
  })
}
