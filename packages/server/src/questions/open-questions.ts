import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { UserId } from '../ids.ts'

/** Opens security questions that are locked, for the help desk. The two that are asked stay the same. */
export function openQuestions(ctx: Context, by: Caller, user: UserId): Promise<{ outcome: 'opened' | 'not-locked' }> {
  return ctx.db.transaction(async (tx) => {
    const row = await tx
      .updateTable('question_rounds')
      .set({ wrong_rounds: 0, not_before: 0, locked_at: null })
      .where('user_id', '=', user)
      .where('locked_at', 'is not', null)
      .returning('user_id')
      .executeTakeFirst()
    const outcome = row === undefined ? 'not-locked' : 'opened'
    await record(ctx, tx, { at: ctx.now(), action: 'questions.open-questions', outcome, subject: row?.user_id, by })
    return { outcome }
  })
}
