import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import { drawId } from '../ids.ts'

const SECRET_BYTES = 32
const LONGEST_NAME = 60

/** What a program may do with its key. */
export type Scope = 'validate'
/** The secret is shown once: only a keyed hash of it is kept. */
export type MadeApiKey = { outcome: 'made'; id: ApiKeyId; secret: string } | { outcome: 'malformed-name' }
export type ApiKeyId = `key_${string}`

/** Makes a key of 256 random bits for a program. The name tells people which program it is. */
export async function makeApiKey(ctx: Context, by: Caller, name: string, scope: Scope = 'validate'): Promise<MadeApiKey> {
  const shown = name.normalize('NFC').trim()
  if (shown === '' || shown.length > LONGEST_NAME || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(shown)) return { outcome: 'malformed-name' }
  const id = drawId('key', ctx.random)
  const secret = `lk_${Buffer.from(ctx.random(SECRET_BYTES)).toString('base64url')}`
  await ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await tx
      .insertInto('api_keys')
      .values({ id, hash: hashOfApiKey(ctx, secret), name: shown, scope, created_at: at, last_used_at: null, ended_at: null })
      .execute()
    await record(ctx, tx, { at, action: 'api-keys.make', outcome: 'made', subject: undefined, object: id, by })
  })
  return { outcome: 'made', id, secret }
}

/** The form in which a key's secret is kept. */
export function hashOfApiKey(ctx: Context, secret: string): string {
  return ctx.keys.hash('api-key', secret)
}
