import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { dummyHash } from '../hashing/dummy-hash.ts'
import { Busy, inLane } from '../hashing/in-lane.ts'
import { verifySecret } from '../hashing/verify-secret.ts'
import type { UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { claimProof } from '../recovery-guards/claim-proof.ts'
import { holdProofs, returnProof, settleProof } from '../recovery-guards/settle-proof.ts'
import { drawPlaces } from './draw-places.ts'
import { isLockedAfter, normaliseAnswer, waitAfter } from './rules.ts'
import { beginRound, claimRound, findAnswers, holdRound, type Round, setRound } from './store.ts'

export type QuestionsAnswered =
  | { outcome: 'right' }
  /** One or both; which one is never said. So for whoever has no questions. */
  | { outcome: 'wrong' }
  | { outcome: 'waiting'; until: number }
  /** Until the help desk opens it, or another proof lets the person choose new questions. */
  | { outcome: 'locked' }
  | { outcome: 'busy' }

/** The answers to the two questions that are asked, in their order, as typed. */
export type Answers = readonly [first: string, second: string]
type Stored = { first: string; second: string }
type Claimed = { round: Round; stored: Stored } | { outcome: 'nobody' } | Refused
type Refused = Extract<QuestionsAnswered, { outcome: 'waiting' | 'locked' }>
type Judged = { round: Round | undefined; stored: Stored; holds: boolean }

/** Judges both answers. The round is charged before they are hashed, with all other recovery proofs of the person; after right answers two others are drawn. */
export async function answerQuestions(ctx: Context, by: Caller, user: UserId, answers: Answers): Promise<QuestionsAnswered> {
  try {
    const judged = await inLane('source', by.address, () => chargeAndJudge(ctx, by, user, answers))
    return 'outcome' in judged ? judged : await settle(ctx, by, user, judged)
  } catch (error) {
    if (error instanceof Busy) return { outcome: 'busy' }
    throw error
  }
}

/** Inside the lane, so that a full one has charged nothing. */
async function chargeAndJudge(ctx: Context, by: Caller, user: UserId, answers: Answers): Promise<Judged | Refused> {
  const claimed = await claim(ctx, by, user)
  if ('outcome' in claimed && claimed.outcome !== 'nobody') return claimed
  const round = 'round' in claimed ? claimed.round : undefined
  const stored = 'round' in claimed ? claimed.stored : { first: dummyHash(ctx), second: dummyHash(ctx) }
  const first = await verifySecret(ctx, normaliseAnswer(answers[0]), stored.first)
  const second = await verifySecret(ctx, normaliseAnswer(answers[1]), stored.second)
  return { round, stored, holds: first.holds && second.holds && round !== undefined }
}

const ACTION = 'questions.answer-questions'

function claim(ctx: Context, by: Caller, user: UserId): Promise<Claimed> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const claimed = await claimIn(ctx, tx, user, at)
    if ('outcome' in claimed && claimed.outcome !== 'nobody')
      await record(ctx, tx, { at, action: ACTION, outcome: claimed.outcome, subject: user, by })
    return claimed
  })
}

/** The person's row first, then the round's. What is not judged is not charged. */
async function claimIn(ctx: Context, tx: Tx, user: UserId, at: number): Promise<Claimed> {
  const proof = await claimProof(tx, user, at)
  if (proof.outcome !== 'charged') return proof
  const round = await claimRound(tx, user, at)
  if (round === undefined) return { outcome: 'nobody' }
  const { lockedAt, notBefore, wrongRounds, first, second } = round
  if (lockedAt !== undefined || notBefore > at) {
    await returnProof(tx, user, at)
    return lockedAt === undefined ? { outcome: 'waiting', until: notBefore } : { outcome: 'locked' }
  }
  await setRound(tx, user, at + waitAfter(wrongRounds), isLockedAfter(wrongRounds) ? at : null)
  const answers = await findAnswers(tx, user, [first, second])
  const hashOf = (place: number): string => answers.get(place)?.hash ?? dummyHash(ctx)
  return { round, stored: { first: hashOf(first), second: hashOf(second) } }
}

function settle(ctx: Context, by: Caller, user: UserId, { round, stored, holds }: Judged): Promise<QuestionsAnswered> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const known = await holdProofs(tx, user)
    const right = holds && round !== undefined && (await stillStands(tx, user, round, stored))
    if (right) {
      await beginRound(tx, user, drawPlaces(ctx.random))
      await settleProof(tx, user)
    }
    if (!right && round !== undefined && isLockedAfter(round.wrongRounds)) await tellOwner(ctx, tx, by, user, { action: 'recovery-locked' })
    const outcome = right ? 'right' : 'wrong'
    await record(ctx, tx, { at, action: ACTION, outcome, subject: known ? user : undefined, by })
    return { outcome }
  })
}

/** Whether the round is open and the answers are those that were judged: neither was changed while the hashes were made. */
async function stillStands(tx: Tx, user: UserId, { first, second }: Round, stored: Stored): Promise<boolean> {
  if (!(await holdRound(tx, user, first, second))) return false
  const answers = await findAnswers(tx, user, [first, second])
  return answers.get(first)?.hash === stored.first && answers.get(second)?.hash === stored.second
}
