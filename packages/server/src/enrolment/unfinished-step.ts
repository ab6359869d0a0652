import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import { hasQuestions } from '../questions/has-questions.ts'
import { countRecoveryCodes } from '../recovery-codes/count-recovery-codes.ts'
import { listTokens } from '../tokens/list-tokens.ts'
import { findUser } from '../users/find-user.ts'

/** What is left to do after the password, in this order. */
export type Step = 'security-questions' | 'recovery-codes' | 'soft-token'

/** The steps that there are with these settings. */
function stepsWith(ctx: Context): readonly Step[] {
  return ctx.config.recovery.proofs.includes('security-questions')
    ? ['security-questions', 'recovery-codes', 'soft-token']
    : ['recovery-codes', 'soft-token']
}

/** The first step of enrolment that a person has not finished; undefined if there is none left. It is read from what is there: nothing else says how far they came. */
export async function unfinishedStep(ctx: Context, user: UserId): Promise<Step | undefined> {
  // Whoever has finished has nothing left to do, whatever they end or renew later: a session that was left over opens nothing.
  if ((await findUser(ctx, user))?.enrolledAt !== undefined) return undefined
  const wanted = stepsWith(ctx)
  if (wanted.includes('security-questions') && !(await hasQuestions(ctx, user))) return 'security-questions'
  if (!(await countRecoveryCodes(ctx, user)).saved) return 'recovery-codes'
  return (await listTokens(ctx, user)).length === 0 ? 'soft-token' : undefined
}
