import type { Context } from '../context.ts'
import { Busy } from '../hashing/in-lane.ts'
import type { Flash } from '../http/flash.ts'
import { callerOf, type Request } from '../http/request.ts'
import { sayDuration } from '../http/say.ts'
import { sendMailedCode } from '../mailed-codes/send-mailed-code.ts'
import { spendMailedCode } from '../mailed-codes/spend-mailed-code.ts'
import { answerQuestions } from '../questions/answer-questions.ts'
import { spendRecoveryCode } from '../recovery-codes/spend-recovery-code.ts'
import { validateCode } from '../tokens/validate-code.ts'
import type { Proving } from './proving.ts'

/** Each takes one kind of proof: undefined if it is right, else what to say. */
type Refusal = Flash | undefined

export async function takeSecurityCode(request: Request, ctx: Context, { user }: Proving, code: string): Promise<Refusal> {
  const judged = await validateCode(ctx, callerOf(request), user, code, { bare: false })
  switch (judged.outcome) {
    case 'accepted':
      return undefined
    case 'waiting':
      return waiting(request, ctx, 'second-factor.waiting', judged.until)
    case 'malformed':
      return { kind: 'refusal', text: 'second-factor.malformed' }
    case 'replayed':
      return { kind: 'refusal', text: 'second-factor.replayed' }
    case 'wrong-code':
    case 'unavailable':
      return { kind: 'refusal', text: 'second-factor.wrong' }
  }
}

export async function takeAnswers(request: Request, ctx: Context, { user }: Proving, answers: readonly [string, string]): Promise<Refusal> {
  const judged = await answerQuestions(ctx, callerOf(request), user, answers)
  switch (judged.outcome) {
    case 'right':
      return undefined
    case 'wrong':
      return { kind: 'refusal', text: 'challenge.wrong' }
    case 'waiting':
      return waiting(request, ctx, 'challenge.waiting', judged.until)
    case 'locked':
      return { kind: 'refusal', text: 'challenge.locked', values: { helpDesk: ctx.config.organisation.helpDesk } }
    case 'busy':
      throw new Busy('the lane for answers is full')
  }
}

export async function takeRecoveryCode(request: Request, ctx: Context, { user }: Proving, code: string): Promise<Refusal> {
  const judged = await spendRecoveryCode(ctx, callerOf(request), user, code)
  switch (judged.outcome) {
    case 'accepted':
      return undefined
    case 'mistyped':
      return { kind: 'refusal', text: 'recovery-code.mistyped', typed: { code } }
    case 'wrong-code':
      return { kind: 'refusal', text: 'recovery-code.wrong' }
    case 'waiting':
      return waiting(request, ctx, 'challenge.waiting', judged.until)
    case 'busy':
      throw new Busy('the lane for recovery codes is full')
  }
}

export async function takeMailedCode(request: Request, ctx: Context, { user, session }: Proving, code: string): Promise<Refusal> {
  if (session === undefined) return { kind: 'refusal', text: 'mailed-code.expired' }
  const judged = await spendMailedCode(ctx, callerOf(request), user, session, code)
  switch (judged.outcome) {
    case 'accepted':
      return undefined
    case 'mistyped':
      return { kind: 'refusal', text: 'recovery-code.mistyped', typed: { code } }
    case 'wrong-code':
      return { kind: 'refusal', text: 'mailed-code.wrong' }
    case 'expired':
      return { kind: 'refusal', text: 'mailed-code.expired' }
    case 'waiting':
      return waiting(request, ctx, 'challenge.waiting', judged.until)
  }
}

/** Has a code mailed, and says so in the same words whether or not there is an address to mail it to. */
export async function sendCode(request: Request, ctx: Context, { user, session }: Proving): Promise<Flash> {
  if (session === undefined) return { kind: 'refusal', text: 'mailed-code.expired' }
  const sent = await sendMailedCode(ctx, callerOf(request), user, session)
  return sent.outcome === 'too-many'
    ? waiting(request, ctx, 'mailed-code.too-many', sent.until)
    : { kind: 'done', text: 'mailed-code.sent' }
}

function waiting(
  request: Request,
  ctx: Context,
  text: 'second-factor.waiting' | 'challenge.waiting' | 'mailed-code.too-many',
  until: number,
): Flash {
  return { kind: 'refusal', text, values: { wait: sayDuration(request.get('facts').texts, until - ctx.now()) } }
}
