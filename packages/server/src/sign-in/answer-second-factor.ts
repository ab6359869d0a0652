import type { Proof } from '../config.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { Busy } from '../hashing/in-lane.ts'
import type { UserId } from '../ids.ts'
import { hashOfDevice, rememberDevice } from '../passwords/remember-device.ts'
import { spendRecoveryCode } from '../recovery-codes/spend-recovery-code.ts'
import { sessionStands } from '../sessions/session-stands.ts'
import { validateCode } from '../tokens/validate-code.ts'
import { finishSignIn } from './finish-sign-in.ts'
import { advance, type OutOfOrder } from './flow.ts'
import { passwordStands } from './password-stands.ts'
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
  return judged.outcome === 'accepted'
    ? settle(ctx, by, flow, { user: flow.user_id, device, wrongCodes: judged.wrongSince, proof: 'security-code' })
    : judged
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
  return judged.outcome === 'accepted'
    ? settle(ctx, by, flow, { user: flow.user_id, device, wrongCodes: undefined, proof: 'recovery-code' })
    : judged
}

type Right = { user: UserId; device: string | undefined; wrongCodes: number | undefined; proof: Proof }

async function settle(ctx: Context, by: Caller, flow: SignIn, right: Right): Promise<SignedIn | { outcome: OutOfOrder }> {
  const { user, wrongCodes, proof } = right
  const at = ctx.now()
  return ctx.db.transaction(async (tx): Promise<SignedIn | { outcome: OutOfOrder }> => {
    if (!(await firstStepStands(ctx, tx, flow, user))) return startOver(tx, flow)
    const next = advance(flow.state, { type: 'second-factor-right' })
    if (next === 'out-of-order' || !(await moveOn(tx, flow, next, {}))) return { outcome: 'out-of-order' }
    const device = await rememberDevice(ctx, tx, user, right.device)
    const secret = await finishSignIn(ctx, tx, by, flow, {
      user,
      passwordAt: flow.password_at ?? undefined,
      secondFactorAt: at,
      methods: flow.password_at === null ? ['otp'] : ['pwd', 'otp', 'mfa'],
      device: hashOfDevice(ctx, device),
      wrongCodes,
      proof,
    })
    return { outcome: 'signed-in', secret, device }
  })
}

/** A second factor adds to what was proved before it: to a session that goes on, or to a password of this sign-in that was not changed meanwhile. */
function firstStepStands(ctx: Context, tx: Tx, flow: SignIn, user: UserId): Promise<boolean> {
  if (flow.session_id !== null) return sessionStands(ctx, tx, flow.session_id, user)
  return passwordStands(tx, user, flow.password_at ?? 0)
}

/** The same sign-in asks for the password again. */
async function startOver(tx: Tx, flow: SignIn): Promise<{ outcome: OutOfOrder }> {
  const next = advance(flow.state, { type: 'first-step-over' })
  if (next !== 'out-of-order') await moveOn(tx, flow, next, { user_id: null, password_at: null, session_id: null })
  return { outcome: 'out-of-order' }
}
