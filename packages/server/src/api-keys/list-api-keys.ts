import type { Context } from '../context.ts'

/** Times in milliseconds. */
export type ListedApiKey = { id: string; name: string; scope: string; createdAt: number; lastUsedAt: number | undefined }

/** Keys that are good, oldest first. */
export async function listApiKeys(ctx: Context): Promise<ListedApiKey[]> {
  const rows = await ctx.db.read
    .selectFrom('api_keys')
    .select(['id', 'name', 'scope', 'created_at', 'last_used_at'])
    .where('ended_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(({ id, name, scope, created_at, last_used_at }) => ({
    id,
    name,
    scope,
    createdAt: created_at,
    lastUsedAt: last_used_at ?? undefined,
  }))
}
