import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import { waitAfter } from './rules.ts'

export type Claimed = { outcome: 'charged' } | { outcome: 'waiting'; until: number } | { outcome: 'nobody' }

/**
 * Charges a recovery proof before it is judged, as if it were wrong: answers to questions, recovery codes and mailed codes of a person are counted together.
 * Holds the person's row until the transaction ends; the first statement of whoever calls it. What waits charges nothing; of whoever is suspended none is judged.
 */
export async function claimProof(tx: Tx, user: UserId, at: number): Promise<Claimed> {
  const row = await tx
    .updateTable('recovery_guards')
    .set((eb) => ({
      attempts: eb('attempts', '+', eb.case().when('not_before', '<=', at).then(1).else(0).end()),
      last_at: at,
    }))
    .where('user_id', '=', user)
    .where('user_id', 'in', (people) => people.selectFrom('users').select('users.id').where('users.state', '=', 'active'))
    .returning(['attempts', 'not_before'])
    .executeTakeFirst()
  if (row === undefined) return { outcome: 'nobody' }
  if (row.not_before > at) return { outcome: 'waiting', until: row.not_before }
  const not_before = at + waitAfter(row.attempts)
  await tx.updateTable('recovery_guards').set({ not_before }).where('user_id', '=', user).execute()
  return { outcome: 'charged' }
}
