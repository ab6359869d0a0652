import type { Tx } from '../db/database.ts'
import type { SessionId } from '../ids.ts'

/** Whether nobody has ended this session, of whatever kind. Its row is held until the transaction ends. */
export async function notEnded(tx: Tx, id: SessionId): Promise<boolean> {
  const row = await tx
    .updateTable('sessions')
    .set((eb) => ({ last_seen_at: eb.ref('last_seen_at') }))
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
