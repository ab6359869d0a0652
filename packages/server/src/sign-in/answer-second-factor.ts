import type { Caller, Context } from '../context.ts'
import { Busy } from '../hashing/in-lane.ts'
import type { UserId } from '../ids.ts'
import { hashOfDevice, rememberDevice } from '../passwords/remember-device.ts'
import { spendRecoveryCode } from '../recovery-codes/spend-recovery-code.ts'
import { validateCode } from '../tokens/validate-code.ts'
import { finishSignIn } from './finish-sign-in.ts'
import { advance, type OutOfOrder } from './flow.ts'
import { moveOn, type SignIn } from './store.ts'

export type SignedIn = { outcome: 'signed-in'; secret: string; device: string }
type Refused<T> = Exclude<T, { outcome: 'accepted' | 'busy' }>
export type CodeOutcome = SignedIn | { outcome: OutOfOrder } | Refused<Awaited<ReturnType<typeof validateCode>>>
export type RecoveryCodeOutcome = SignedIn | { outcome: OutOfOrder } | Refused<Awaited<ReturnType<typeof spendRecoveryCode>>>
/** `device` is the secret of the device cookie, if there is one. */
export type FactorAnswer = { code: string; device: string | undefined }

/** The second step, by a security code. */
export async function answerCode(ctx: Context, by: Caller, flow: SignIn, { code, device }: FactorAnswer): Promise<CodeOutcome> {
  if (flow.state !== 'second-factor' || flow.user_id === null) return { outcome: 'out-of-order' }
  const judged = await validateCode(ctx, by, flow.user_id, code, { bare: false })
  return judged.outcome === 'accepted' ? settle(ctx, by, flow, flow.user_id, device, judged.wrongSince) : judged
}

/** The second step, by a recovery code. */
export async function answerRecoveryCode(
  ctx: Context,
  by: Caller,
  flow: SignIn,
  { code, device }: FactorAnswer,
): Promise<RecoveryCodeOutcome> {
  if (flow.state !== 'second-factor' || flow.user_id === null) return { outcome: 'out-of-order' }
  const judged = await spendRecoveryCode(ctx, by, flow.user_id, code)
  if (judged.outcome === 'busy') throw new Busy('the lane for recovery codes is full')
  return judged.outcome === 'accepted' ? settle(ctx, by, flow, flow.user_id, device, undefined) : judged
}

async function settle(
  ctx: Context,
  by: Caller,
  flow: SignIn,
  user: UserId,
  known: string | undefined,
  wrongCodes: number | undefined,
): Promise<SignedIn | { outcome: OutOfOrder }> {
  const at = ctx.now()
  return ctx.db.transaction(async (tx): Promise<SignedIn | { outcome: OutOfOrder }> => {
    const next = advance(flow.state, { type: 'second-factor-right' })
    if (next === 'out-of-order' || !(await moveOn(tx, flow, next, {}))) return { outcome: 'out-of-order' }
    const device = await rememberDevice(ctx, tx, user, known)
    const secret = await finishSignIn(ctx, tx, by, flow, {
      user,
      passwordAt: flow.password_at ?? undefined,
      secondFactorAt: at,
      methods: flow.password_at === null ? ['otp'] : ['pwd', 'otp', 'mfa'],
      device: hashOfDevice(ctx, device),
      wrongCodes,
    })
    return { outcome: 'signed-in', secret, device }
  })
}
