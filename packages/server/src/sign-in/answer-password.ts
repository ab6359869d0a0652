import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { Busy } from '../hashing/in-lane.ts'
import type { UserId } from '../ids.ts'
import { checkPassword } from '../passwords/check-password.ts'
import { hashOfDevice, rememberDevice } from '../passwords/remember-device.ts'
import { beginEnrolment, finishSignIn, type Proved } from './finish-sign-in.ts'
import { advance, type OutOfOrder } from './flow.ts'
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
  const typed = { ...answer, device: answer.device && hashOfDevice(ctx, answer.device) }
  const checked = await checkPassword(ctx, by, typed, (tx, user) => goOn(ctx, tx, by, flow, { user, at, device: answer.device }))
  if (checked.outcome === 'busy') throw new Busy('the lane for passwords is full')
  return checked.outcome === 'right' ? checked.begun : checked
}

type Right = { user: UserId; at: number; device: string | undefined }

/** In the transaction that finds the password right. */
async function goOn(ctx: Context, tx: Tx, by: Caller, flow: SignIn, { user, at, device: known }: Right): Promise<PasswordOutcome> {
  const person = await tx.selectFrom('users').select('enrolled_at').where('id', '=', user).executeTakeFirst()
  const next = advance(flow.state, {
    type: 'password-right',
    enrolled: person?.enrolled_at != null,
    wantsSecondFactor: flow.wants_second_factor === 1,
  })
  if (next === 'out-of-order' || !(await moveOn(tx, flow, next, { user_id: user, password_at: at, device_id: null })))
    return { outcome: 'out-of-order' }
  if (next === 'second-factor') return { outcome: 'second-factor' }
  const device = await rememberDevice(ctx, tx, user, known)
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
}
