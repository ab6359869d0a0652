import type { Caller, Context } from '../context.ts'
import { Busy } from '../hashing/in-lane.ts'
import { checkPassword } from '../passwords/check-password.ts'
import { hashOfDevice, rememberDevice } from '../passwords/remember-device.ts'
import { beginEnrolment, finishSignIn, type Proved } from './finish-sign-in.ts'
import { advance, type OutOfOrder } from './flow.ts'
import { passwordStands } from './password-stands.ts'
import { moveOn, type SignIn } from './store.ts'

/** `device` is the secret of the cookie that says that somebody signed in with this browser before. */
export type PasswordAnswer = { name: string; password: string; device: string | undefined }
export type PasswordOutcome =
  | { outcome: 'signed-in'; secret: string; device: string }
  | { outcome: 'enrolment'; secret: string; device: string }
  | { outcome: 'second-factor' }
  | { outcome: 'wrong' }
  | { outcome: 'waiting'; until: number }
  | { outcome: OutOfOrder }

/** The first step of a sign-in. @throws Busy if the lane for passwords is full: nothing was counted. */
export async function answerPassword(ctx: Context, by: Caller, flow: SignIn, answer: PasswordAnswer): Promise<PasswordOutcome> {
  if (flow.state !== 'password') return { outcome: 'out-of-order' }
  const at = ctx.now()
  const checked = await checkPassword(ctx, by, { ...answer, device: answer.device && hashOfDevice(ctx, answer.device) })
  if (checked.outcome === 'busy') throw new Busy('the lane for passwords is full')
  if (checked.outcome !== 'right') return checked
  const { user } = checked
  return ctx.db.transaction(async (tx): Promise<PasswordOutcome> => {
    const person = await tx.selectFrom('users').select('enrolled_at').where('id', '=', user).executeTakeFirst()
    const next = advance(flow.state, {
      type: 'password-right',
      enrolled: person?.enrolled_at != null,
      wantsSecondFactor: flow.wants_second_factor === 1,
    })
    // It may have been changed since it was judged, which ended every session.
    if (!(await passwordStands(tx, user, at))) return { outcome: 'wrong' }
    if (next === 'out-of-order' || !(await moveOn(tx, flow, next, { user_id: user, password_at: at, device_id: null })))
      return { outcome: 'out-of-order' }
    if (next === 'second-factor') return { outcome: 'second-factor' }
    const device = await rememberDevice(ctx, tx, user, answer.device)
    const proved: Proved = {
      user,
      passwordAt: at,
      secondFactorAt: undefined,
      proof: undefined,
      methods: ['pwd'],
      device: hashOfDevice(ctx, device),
      wrongCodes: undefined,
    }
    if (next === 'enrolment') return { outcome: 'enrolment', secret: await beginEnrolment(ctx, tx, by, proved), device }
    return { outcome: 'signed-in', secret: await finishSignIn(ctx, tx, by, flow, proved), device }
  })
}
