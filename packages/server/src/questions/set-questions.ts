import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import { hashSecret } from '../hashing/hash-secret.ts'
import { inLane } from '../hashing/in-lane.ts'
import type { SessionId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { holdProofs } from '../recovery-guards/settle-proof.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { notEnded } from '../sessions/not-ended.ts'
import { findUser } from '../users/find-user.ts'
import { listAddresses } from '../users/list-addresses.ts'
import { isCommonAnswer } from './common-answers.ts'
import { drawPlaces } from './draw-places.ts'
import { textOfQuestion } from './question.ts'
import { normaliseAnswer, PLACES, type PlacedRefusal, refuseAnswers, type TypedAnswer } from './rules.ts'
import { replaceAnswers, type StoredAnswer } from './store.ts'

export type QuestionsSet =
  | { outcome: 'set' }
  | { outcome: 'refused'; refusals: readonly PlacedRefusal[] }
  | { outcome: 'no-such-user' | 'session-over' }

/**
 * Replaces a person's five questions and answers; what was counted against the old ones is forgotten. Unless there were none, the owner is told,
 * and every session ends but those in `keep`. Nothing changes if `acting`, in which it is asked for, ended meanwhile.
 * @throws Busy if the lane is full; nothing has changed then
 * @throws RangeError if there are not five: the page has five
 */
export async function setQuestions(
  ctx: Context,
  by: Caller,
  user: UserId,
  typed: readonly TypedAnswer[],
  { keep = [], acting }: { keep?: readonly SessionId[]; acting?: SessionId } = {},
): Promise<QuestionsSet> {
  if (typed.length !== PLACES) throw new RangeError(`there are ${PLACES} questions, got ${typed.length}`)
  const refusals = refuseAnswers(typed, { textOf: textOfQuestion, words: await wordsOf(ctx, user), isCommon: isCommonAnswer })
  if (refusals.length > 0) return { outcome: 'refused', refusals }
  const answers = await inLane('source', by.address, () => hashAll(ctx, typed))
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    if (!(await holdProofs(tx, user))) return { outcome: 'no-such-user' }
    if (acting !== undefined && !(await notEnded(tx, acting))) return { outcome: 'session-over' }
    const before = await tx.selectFrom('question_rounds').select('user_id').where('user_id', '=', user).executeTakeFirst()
    await replaceAnswers(tx, user, answers, drawPlaces(ctx.random), at)
    if (before !== undefined) {
      await endSessionsOf(ctx, tx, by, user, { except: keep })
      await tellOwner(ctx, tx, by, user, { action: 'questions-changed' })
    }
    await record(ctx, tx, { at, action: 'questions.set-questions', outcome: 'set', subject: user, by })
    return { outcome: 'set' }
  })
}

async function hashAll(ctx: Context, typed: readonly TypedAnswer[]): Promise<StoredAnswer[]> {
  const answers: StoredAnswer[] = []
  for (const [index, { question, answer }] of typed.entries())
    answers.push({ place: index + 1, question, hash: await hashSecret(ctx, normaliseAnswer(answer)) })
  return answers
}

async function wordsOf(ctx: Context, user: UserId): Promise<string[]> {
  const person = await findUser(ctx, user)
  const addresses = await listAddresses(ctx, user)
  const names = person === undefined ? [] : [person.loginName, person.displayName, ...person.displayName.split(/\s+/u)]
  return [...names, ...addresses.flatMap(({ address }) => [address, ...address.split('@')])]
}
