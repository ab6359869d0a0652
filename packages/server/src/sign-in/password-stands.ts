import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'

/** Whether the password has not changed since that moment. Its row is held: a change waits until the session is there that it has to end. */
export async function passwordStands(tx: Tx, user: UserId, since: number): Promise<boolean> {
  const row = await tx
    .updateTable('passwords')
    .set((eb) => ({ changed_at: eb.ref('changed_at') }))
    .where('user_id', '=', user)
    .where('changed_at', '<=', since)
    .returning('user_id')
    .executeTakeFirst()
  return row !== undefined
}
