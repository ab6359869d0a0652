import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import { isQuestion, type QuestionId } from './question.ts'
import { findAnswers } from './store.ts'

export type AskedQuestion = { place: number; question: QuestionId }

/** The two questions that a person is asked: the same two until both are answered rightly. Undefined if they have none. */
export async function askedQuestions(ctx: Context, user: UserId): Promise<{ first: AskedQuestion; second: AskedQuestion } | undefined> {
  const round = await ctx.db.read
    .selectFrom('question_rounds')
    .select(['first_place', 'second_place'])
    .where('user_id', '=', user)
    .executeTakeFirst()
  if (round === undefined) return undefined
  const answers = await findAnswers(ctx.db.read, user, [round.first_place, round.second_place])
  const asked = (place: number): AskedQuestion | undefined => {
    const question = answers.get(place)?.question
    return question !== undefined && isQuestion(question) ? { place, question } : undefined
  }
  const first = asked(round.first_place)
  const second = asked(round.second_place)
  return first && second && { first, second }
}
