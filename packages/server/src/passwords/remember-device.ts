import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'

const SECRET_BYTES = 32
export const DEVICE_MS = 400 * 24 * 3_600_000

/** The form in which the secret of a browser's device cookie is kept: the `device` of `checkPassword`. */
export function hashOfDevice(ctx: Context, secret: string): string {
  return ctx.keys.hash('device', secret)
}

/**
 * Remembers that a person has signed in with this browser, after a right password: failures there have a budget of their own.
 * `known` is the cookie that the browser sent. Returns the cookie that it is to keep for `DEVICE_MS`: the same if it is this person's.
 */
export async function rememberDevice(ctx: Context, tx: Tx, user: UserId, known: string | undefined): Promise<string> {
  const at = ctx.now()
  const times = { last_used_at: at, expires_at: at + DEVICE_MS }
  if (known !== undefined) {
    const row = await tx
      .updateTable('devices')
      .set(times)
      .where('id', '=', hashOfDevice(ctx, known))
      .where('user_id', '=', user)
      .where('expires_at', '>', at)
      .returning('id')
      .executeTakeFirst()
    if (row !== undefined) return known
  }
  const secret = Buffer.from(ctx.random(SECRET_BYTES)).toString('base64url')
  const id = hashOfDevice(ctx, secret)
  await tx
    .insertInto('devices')
    .values({ id, user_id: user, failures: 0, not_before: 0, created_at: at, ...times })
    .execute()
  return secret
}
