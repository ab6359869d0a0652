import type { Caller, Context } from '../context.ts'
import { Busy } from '../hashing/in-lane.ts'
import { checkPassword } from '../passwords/check-password.ts'
import { hashOfDevice } from '../passwords/remember-device.ts'
import { startSession } from '../sessions/start-session.ts'

export type LoggedIn = { outcome: 'logged-in' | 'enrolment'; secret: string } | { outcome: 'wrong' } | { outcome: 'waiting'; until: number }

/** The password opens the first state of self-administration, or the enrolment that is not finished. `device` is the device cookie's secret. @throws Busy */
export async function logIn(
  ctx: Context,
  by: Caller,
  answer: { name: string; password: string; device: string | undefined },
): Promise<LoggedIn> {
  const at = ctx.now()
  const typed = { ...answer, device: answer.device && hashOfDevice(ctx, answer.device) }
  const checked = await checkPassword(ctx, by, typed, async (tx, user): Promise<LoggedIn> => {
    const person = await tx.selectFrom('users').select('enrolled_at').where('id', '=', user).executeTakeFirst()
    const enrolled = person?.enrolled_at != null
    const kind = enrolled ? 'self-administration' : 'enrolment'
    const { secret } = await startSession(ctx, tx, by, { user, kind, amr: ['pwd'], passwordAt: at })
    return { outcome: enrolled ? 'logged-in' : 'enrolment', secret }
  })
  if (checked.outcome === 'busy') throw new Busy('the lane for passwords is full')
  return checked.outcome === 'right' ? checked.begun : checked
}
