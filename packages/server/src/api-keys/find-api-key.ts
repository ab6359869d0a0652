import { hash } from 'node:crypto'
import type { Context } from '../context.ts'
import { type ApiKey, KNOWN_MS, memoryOf } from './known-keys.ts'
import { hashOfApiKey, type Scope } from './make-api-key.ts'

const FORM = /^lk_[A-Za-z0-9_-]{43}$/
/** Last use is written this often, at most. */
const SEEN_EVERY_MS = 60_000

/** The program whose key this is, if it may do that. Unknown and ended keys, and those for something else, look alike: undefined. */
export async function findApiKey(ctx: Context, secret: string, scope: Scope): Promise<ApiKey | undefined> {
  if (!FORM.test(secret)) return undefined
  const memory = memoryOf(ctx.db)
  // Of 256 random bits: a plain hash is as good as a keyed one, and it stands in memory only.
  const digest = hash('sha256', secret, 'base64url')
  const known = memory.keys.get(digest)
  const now = ctx.now()
  // A clock that was set back makes nothing known for longer.
  if (known !== undefined && known.until > now && known.until <= now + KNOWN_MS) return known.key.scope === scope ? known.key : undefined
  const { revocations } = memory
  const key = await read(ctx, hashOfApiKey(ctx, secret))
  if (key === undefined) memory.keys.delete(digest)
  else if (memory.revocations === revocations) memory.keys.set(digest, { key, until: now + KNOWN_MS })
  return key?.scope === scope ? key : undefined
}

async function read(ctx: Context, keyed: string): Promise<ApiKey | undefined> {
  const row = await ctx.db.read
    .selectFrom('api_keys')
    .select(['id', 'name', 'scope', 'last_used_at'])
    .where('hash', '=', keyed)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { last_used_at, ...key } = row
  const now = ctx.now()
  if (last_used_at === null || last_used_at < now - SEEN_EVERY_MS) {
    await ctx.db.transaction((tx) => tx.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', key.id).execute())
  }
  return key
}
