import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'

/** Whether a person has set their security questions. */
export async function hasQuestions(ctx: Context, user: UserId): Promise<boolean> {
  const row = await ctx.db.read.selectFrom('question_rounds').select('user_id').where('user_id', '=', user).executeTakeFirst()
  return row !== undefined
}
