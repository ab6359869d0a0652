import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'

const SECRET_BYTES = 32
const DAY_MS = 86_400_000
/** A browser that is not used for so long is a stranger again. */
export const DEVICE_MS = 180 * DAY_MS

/** The form in which a device cookie's secret is kept. */
export function hashOfDevice(ctx: Context, secret: string): string {
  return ctx.keys.hash('device', secret)
}

/** A person signed in with this browser: from now on strangers' failures elsewhere do not keep them out of it. Returns the cookie's secret, and its hash. */
export async function rememberDevice(
  ctx: Context,
  tx: Tx,
  user: UserId,
  known: string | undefined,
): Promise<{ id: string; secret: string }> {
  const at = ctx.now()
  if (known !== undefined) {
    const kept = await tx
      .updateTable('devices')
      .set({ last_used_at: at, expires_at: at + DEVICE_MS })
      .where('id', '=', hashOfDevice(ctx, known))
      .where('user_id', '=', user)
      .where('expires_at', '>', at)
      .returning('id')
      .executeTakeFirst()
    if (kept !== undefined) return { id: kept.id, secret: known }
  }
  const secret = Buffer.from(ctx.random(SECRET_BYTES)).toString('base64url')
  const id = hashOfDevice(ctx, secret)
  await tx
    .insertInto('devices')
    .values({ id, user_id: user, failures: 0, not_before: 0, created_at: at, last_used_at: at, expires_at: at + DEVICE_MS })
    .execute()
  return { id, secret }
}
