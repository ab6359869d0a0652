import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'

/** Holds the person's row before anything of theirs is settled, so that everybody holds rows in one order. False if there is no such person. */
export async function holdProofs(tx: Tx, user: UserId): Promise<boolean> {
  const row = await tx
    .updateTable('recovery_guards')
    .set((eb) => ({ attempts: eb.ref('attempts') }))
    .where('user_id', '=', user)
    .returning('user_id')
    .executeTakeFirst()
  return row !== undefined
}

/** After a right proof: the count begins again. A wrong one is settled by its charge. */
export async function settleProof(tx: Tx, user: UserId): Promise<void> {
  await tx.updateTable('recovery_guards').set({ attempts: 0, not_before: 0 }).where('user_id', '=', user).execute()
}

/** Takes back a charge in the transaction that made it: there was nothing to judge. */
export async function returnProof(tx: Tx, user: UserId, at: number): Promise<void> {
  await tx
    .updateTable('recovery_guards')
    .set((eb) => ({ attempts: eb('attempts', '-', 1), not_before: at }))
    .where('user_id', '=', user)
    .execute()
}
