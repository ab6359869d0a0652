import { learnDrift } from '@latchkey/protocol/otp/drift'
import { stepAt } from '@latchkey/protocol/otp/totp'
import { type Event, recordAll } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { TokenId, UserId } from '../ids.ts'
import {
  claimPeople,
  claimTokens,
  forgetTokens,
  giveBack,
  keepDrift,
  NOBODY,
  readTokens,
  type WhyNot,
  whyNotCharged,
} from './code-store.ts'
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

/** A code of the form of one, of a person or of `NOBODY`. */
export type ToValidate = { by: Caller; user: UserId; code: string }

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
  const [answer] = await ctx.db.transaction((tx) => validateCodes(ctx, tx, [{ by, user: user ?? NOBODY, code: digits }], bare))
  if (answer === undefined) throw new Error('a code was validated and there is no answer')
  return answer
}

/** Those of several people, in the transaction: all at doors of one kind, and no two of the same person. Each is answered at its place. */
export async function validateCodes(ctx: Context, tx: Tx, asked: readonly ToValidate[], bare: boolean): Promise<Validated[]> {
  const at = ctx.now()
  const judged = await judgeAll(ctx, tx, asked, bare, at)
  const costly = judged.filter(isCostly)
  await settleWrong(ctx, tx, costly, at)
  // Asked of wrong codes too, where it says no more than who was suspended meanwhile, so that the unknown and the known take the same statements.
  const whyNot = await whyNotCharged(
    ctx,
    tx,
    costly.map(({ user }) => user),
    bare,
  )
  const answers: Validated[] = []
  const events: Event[] = []
  for (const one of judged) {
    const { answer, recorded } = await settle(ctx, tx, one, whyNot)
    const object = answer.outcome === 'accepted' ? answer.token : undefined
    events.push({ at, action: 'tokens.validate-code', outcome: recorded, subject: one.user, object, by: one.by })
    answers.push(answer)
  }
  await recordAll(ctx, tx, events)
  return answers
}

/** An attempt, and what was found of its code. */
type Judged = Attempt & { verdict: Verdict }

/** Everybody is charged before anybody's code is judged. Who is not charged is judged as nobody. */
async function judgeAll(ctx: Context, tx: Tx, asked: readonly ToValidate[], bare: boolean, at: number): Promise<Judged[]> {
  const guards = await claimPeople(
    ctx,
    tx,
    asked.map(({ user }) => user),
    bare,
    at,
  )
  const charged = asked.map(({ user }) => (guards.has(user) ? user : NOBODY))
  await claimTokens(ctx, tx, charged)
  const inPlay = await readTokens(ctx, tx, charged, at)
  return asked.map(({ by, user, code }) => {
    const guard = guards.get(user)
    const { tokens, restoredStep } = inPlay(guard === undefined ? NOBODY : user)
    const verdict = judgeCode(tokens, code, stepAt(at), restoredStep)
    forgetTokens(tokens)
    return { by, user, guard, bare, at, hasToken: tokens.length > 0, verdict }
  })
}

/** Whether it costs what a wrong code costs; of whoever was not charged it costs nobody. */
function isCostly({ guard, verdict }: Judged): boolean {
  return guard === undefined || verdict.is === 'wrong' || verdict.is === 'old-copy'
}

/** What the caller is told, and what the log keeps. */
type Answer = { answer: Validated; recorded: string }

async function settle(ctx: Context, tx: Tx, judged: Judged, whyNot: (user: UserId) => WhyNot): Promise<Answer> {
  const { guard, user, bare, at, verdict } = judged
  if (guard === undefined) return refuse(whyNot(user))
  if (verdict.is === 'accepted') {
    await settleAccepted(ctx, tx, judged, verdict.token.id, verdict.set, verdict.step)
    await learn(ctx, tx, verdict.token, verdict.step, at)
    return { answer: { outcome: 'accepted', token: verdict.token.id, wrongSince: guard.wrong_since_success }, recorded: 'accepted' }
  }
  if (verdict.is === 'replayed') {
    await giveBack(ctx, tx, user, bare)
    return { answer: { outcome: 'replayed' }, recorded: 'replayed' }
  }
  if (!judged.hasToken) {
    const why = whyNot(user)
    return { answer: { outcome: 'unavailable' }, recorded: 'reason' in why && why.reason === 'unknown' ? 'out-of-service' : 'no-token' }
  }
  if (verdict.is === 'old-copy') await tellOfOldCopy(ctx, tx, judged, verdict.token.id)
  return { answer: { outcome: 'wrong-code' }, recorded: verdict.is === 'old-copy' ? 'old-copy' : 'wrong-code' }
}

function refuse(why: WhyNot): Answer {
  if ('until' in why) return { answer: { outcome: 'waiting', until: why.until }, recorded: 'waiting' }
  return { answer: { outcome: 'unavailable' }, recorded: why.reason }
}

async function learn(ctx: Context, tx: Tx, token: TokenInPlay, step: number, at: number): Promise<void> {
  const { drift, lean } = learnDrift(token, step - stepAt(at))
  if (drift !== token.drift || lean !== token.lean) await keepDrift(ctx, tx, token.id, drift, lean)
}
