import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { SessionId, UserId } from '../ids.ts'

/** A keyed hash over the row's own id: 30 bits would not outlast a plain one, and the key is not in the database. */
export function hashOfMailedCode(ctx: Context, id: string, code: string): string {
  return ctx.keys.hash('mailed-code', `${id}\0${code}`)
}

type NewCode = { id: string; user: UserId; session: SessionId; hash: string; tries: number; at: number; expiresAt: number }

export async function insertCode(tx: Tx, { id, user, session, hash, tries, at, expiresAt }: NewCode): Promise<void> {
  await tx
    .insertInto('mailed_codes')
    .values({ id, user_id: user, session_id: session, hash, tries_left: tries, created_at: at, expires_at: expiresAt, used_at: null })
    .execute()
}

/** Codes sent before are good no longer. */
export async function voidCodes(tx: Tx, user: UserId, at: number): Promise<void> {
  await tx
    .updateTable('mailed_codes')
    .set({ tries_left: 0, hash: '' })
    .where('user_id', '=', user)
    .where('created_at', '<=', at)
    .where('used_at', 'is', null)
    .execute()
}

/** How many were sent to a person after that time, and when the oldest of them was. */
export async function mailsSince(tx: Tx, user: UserId, since: number): Promise<{ count: number; oldest: number }> {
  const rows = await tx
    .selectFrom('mailed_codes')
    .select('created_at')
    .where('user_id', '=', user)
    .where('created_at', '>', since)
    .orderBy('created_at')
    .execute()
  return { count: rows.length, oldest: rows[0]?.created_at ?? since }
}

/** Charges a try; undefined if there is no code that could be right. Holds the row. */
export async function claimTry(
  tx: Tx,
  user: UserId,
  session: SessionId,
  at: number,
): Promise<{ id: string; hash: string; triesLeft: number } | undefined> {
  const row = await tx
    .updateTable('mailed_codes')
    .set((eb) => ({ tries_left: eb('tries_left', '-', 1) }))
    .where('user_id', '=', user)
    .where('session_id', '=', session)
    .where('used_at', 'is', null)
    .where('tries_left', '>', 0)
    .where('expires_at', '>', at)
    .returning(['id', 'hash', 'tries_left'])
    .executeTakeFirst()
  return row && { id: row.id, hash: row.hash, triesLeft: row.tries_left }
}

/** Uses a code up, whose row the claim holds. */
export async function useCode(tx: Tx, id: string, at: number): Promise<void> {
  await tx.updateTable('mailed_codes').set({ used_at: at, hash: '', tries_left: 0 }).where('id', '=', id).execute()
}
