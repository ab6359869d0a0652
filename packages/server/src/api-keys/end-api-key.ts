import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import { memoryOf } from './known-keys.ts'

/** Revokes a key: at once in this process, within seconds in others. */
export async function endApiKey(ctx: Context, by: Caller, id: string): Promise<{ outcome: 'ended' | 'no-such-key' }> {
  const ended = await ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const row = await tx
      .updateTable('api_keys')
      .set({ ended_at: at })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (row !== undefined) await record(ctx, tx, { at, action: 'api-keys.end', outcome: 'ended', subject: undefined, object: row.id, by })
    return row
  })
  const memory = memoryOf(ctx.db)
  memory.revocations += 1
  for (const [digest, { key }] of memory.keys) if (key.id === id) memory.keys.delete(digest)
  return { outcome: ended === undefined ? 'no-such-key' : 'ended' }
}
