import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'

/** Ends the sets that a person has and stores another. */
export async function replaceSet(tx: Tx, user: UserId, set: { id: string; hashes: readonly string[]; at: number }): Promise<void> {
  await tx.updateTable('recovery_code_sets').set({ ended_at: set.at }).where('user_id', '=', user).where('ended_at', 'is', null).execute()
  await tx.deleteFrom('recovery_codes').where('user_id', '=', user).execute()
  await tx
    .insertInto('recovery_code_sets')
    .values({ id: set.id, user_id: user, created_at: set.at, saved_at: null, ended_at: null })
    .execute()
  const rows = set.hashes.map((hash, index) => ({ set_id: set.id, number: index + 1, user_id: user, hash, used_at: null }))
  await tx.insertInto('recovery_codes').values(rows).execute()
}

export type StoredCode = { set: string; hash: string }

/** The code of that number, used or not: whoever tries a used one waits as long. */
export async function findCode(tx: Tx, user: UserId, number: number): Promise<StoredCode | undefined> {
  const row = await tx
    .selectFrom('recovery_codes')
    .innerJoin('recovery_code_sets', 'recovery_code_sets.id', 'recovery_codes.set_id')
    .select(['recovery_codes.set_id', 'recovery_codes.hash'])
    .where('recovery_codes.user_id', '=', user)
    .where('recovery_codes.number', '=', number)
    .where('recovery_code_sets.ended_at', 'is', null)
    .executeTakeFirst()
  return row && { set: row.set_id, hash: row.hash }
}

/** Uses a code up: of any number who try at once, one gets it. */
export async function takeCode(tx: Tx, user: UserId, code: StoredCode, at: number): Promise<boolean> {
  const row = await tx
    .updateTable('recovery_codes')
    .set({ used_at: at })
    .where('user_id', '=', user)
    .where('set_id', '=', code.set)
    .where('hash', '=', code.hash)
    .where('used_at', 'is', null)
    // The set may have ended while the code was judged.
    .where('set_id', 'in', (sets) => sets.selectFrom('recovery_code_sets').select('recovery_code_sets.id').where('ended_at', 'is', null))
    .returning('number')
    .executeTakeFirst()
  return row !== undefined
}
