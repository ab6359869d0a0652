import { learnDrift } from '@latchkey/protocol/otp/drift'
import { stepAt } from '@latchkey/protocol/otp/totp'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { TokenId, UserId } from '../ids.ts'
import { claimPerson, claimTokens, forgetTokens, giveBack, keepDrift, NOBODY, readTokens, whyNotCharged } from './code-store.ts'
import { judgeCode, type TokenInPlay, type Verdict } from './judge-code.ts'
import { readSecurityCode } from './rules.ts'
import { type Attempt, settleAccepted, settleWrong, tellOfOldCopy } from './settle-code.ts'

/** What a caller may know. The audit log knows more; programs are told less. */
export type Validated =
  /** `wrongSince`: wrong codes since the last accepted one behind a password. */
  | { outcome: 'accepted'; token: TokenId; wrongSince: number }
  | { outcome: 'wrong-code' }
  /** Used already, or one before it was. Costs nothing. */
  | { outcome: 'replayed' }
  /** Until then (milliseconds since 1970) no code is judged, not even a right one. */
  | { outcome: 'waiting'; until: number }
  /** Not the form of a code. Costs nothing. */
  | { outcome: 'malformed' }
  /** Nobody known, not in service, no active token, or the bare doors are shut. */
  | { outcome: 'unavailable' }

/**
 * Claims an attempt, judges the code, settles and records the answer, in one transaction (STP-1, 3).
 * @param user undefined for a name that nobody has: the same statements run
 * @param bare whether the door stands alone: no password before it, and no browser that the person has signed in with
 */
export async function validateCode(
  ctx: Context,
  by: Caller,
  user: UserId | undefined,
  code: string,
  { bare }: { bare: boolean },
): Promise<Validated> {
  const digits = readSecurityCode(code)
  if (digits === undefined) return { outcome: 'malformed' }
  const person = user ?? NOBODY
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const { answer, recorded } = await attempt(ctx, tx, { by, user: person, bare, at }, digits)
    const object = answer.outcome === 'accepted' ? answer.token : undefined
    await record(ctx, tx, { at, action: 'tokens.validate-code', outcome: recorded, subject: person, object, by })
    return answer
  })
}

/** What the caller is told, and what the log keeps. */
type Answer = { answer: Validated; recorded: string }

async function attempt(ctx: Context, tx: Tx, who: Pick<Attempt, 'by' | 'user' | 'bare' | 'at'>, code: string): Promise<Answer> {
  const guard = await claimPerson(ctx, tx, who.user, who.bare, who.at)
  const person = guard === undefined ? NOBODY : who.user
  await claimTokens(ctx, tx, person)
  const { tokens, restoredStep } = await readTokens(ctx, tx, person, who.at)
  const verdict = judgeCode(tokens, code, stepAt(who.at), restoredStep)
  forgetTokens(tokens)
  const charged: Attempt = { ...who, guard, hasToken: tokens.length > 0 }
  if (guard === undefined) {
    await settleWrong(ctx, tx, charged)
    return refuse(await whyNotCharged(ctx, tx, who.user, who.bare))
  }
  return settle(ctx, tx, charged, verdict)
}

function refuse(why: Awaited<ReturnType<typeof whyNotCharged>>): Answer {
  if ('until' in why) return { answer: { outcome: 'waiting', until: why.until }, recorded: 'waiting' }
  return { answer: { outcome: 'unavailable' }, recorded: why.reason }
}

async function settle(ctx: Context, tx: Tx, charged: Attempt, verdict: Verdict): Promise<Answer> {
  if (verdict.is === 'accepted') {
    await settleAccepted(ctx, tx, charged, verdict.token.id, verdict.set, verdict.step)
    await learn(ctx, tx, verdict.token, verdict.step, charged.at)
    return {
      answer: { outcome: 'accepted', token: verdict.token.id, wrongSince: charged.guard?.wrong_since_success ?? 0 },
      recorded: 'accepted',
    }
  }
  if (verdict.is === 'replayed') {
    await giveBack(ctx, tx, charged.user, charged.bare)
    return { answer: { outcome: 'replayed' }, recorded: 'replayed' }
  }
  await settleWrong(ctx, tx, charged)
  // Asked here too, where it says no more than who was suspended meanwhile, so that the unknown and the known take the same statements.
  const why = await whyNotCharged(ctx, tx, charged.user, charged.bare)
  if (!charged.hasToken)
    return { answer: { outcome: 'unavailable' }, recorded: 'reason' in why && why.reason === 'unknown' ? 'out-of-service' : 'no-token' }
  if (verdict.is === 'old-copy') await tellOfOldCopy(ctx, tx, charged, verdict.token.id)
  return { answer: { outcome: 'wrong-code' }, recorded: verdict.is === 'old-copy' ? 'old-copy' : 'wrong-code' }
}

async function learn(ctx: Context, tx: Tx, token: TokenInPlay, step: number, at: number): Promise<void> {
  const { drift, lean } = learnDrift(token, step - stepAt(at))
  if (drift !== token.drift || lean !== token.lean) await keepDrift(ctx, tx, token.id, drift, lean)
}
