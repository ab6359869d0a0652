import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'

/** Whether a person has set their security questions. */
export async function hasQuestions(ctx: Context, user: UserId): Promise<boolean> {
  return (await questionsState(ctx, user)) !== 'none'
}

/** `locked`: too many rounds were answered wrongly; `openQuestions` opens them again. */
export async function questionsState(ctx: Context, user: UserId): Promise<'none' | 'set' | 'locked'> {
  const row = await ctx.db.read.selectFrom('question_rounds').select('locked_at').where('user_id', '=', user).executeTakeFirst()
  if (row === undefined) return 'none'
  return row.locked_at === null ? 'set' : 'locked'
}
