import type { Insertable } from 'kysely'
import type { Tx } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'
import { type KeyAlgorithm, type KeyUse, SLOTS } from './rules.ts'

export type NewKey = Insertable<Schema['signing_keys']>

/** The audit log's key lives in this table too, and by rules of its own. */
const USES = [...new Set(SLOTS.map(({ use }) => use))]

/** Whoever changes the keys comes after those who are at it, and sees what they made. */
export async function takeTurn(tx: Tx): Promise<void> {
  await tx.updateTable('signing_keys').set({ state: 'current' }).where('state', '=', 'current').where('use', 'in', USES).execute()
}

/** Those that sign, would have signed, or still verify. */
export async function deleteAll(tx: Tx): Promise<void> {
  await tx.deleteFrom('signing_keys').where('use', 'in', USES).execute()
}

/** The first of two instances that start at the same moment wins: the ids of first keys are fixed. */
export async function insertKeys(tx: Tx, rows: readonly NewKey[]): Promise<void> {
  await tx
    .insertInto('signing_keys')
    .values([...rows])
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Keys that sign, will sign, or still verify. */
export function selectLiveKeys(db: Tx, at: number) {
  return db
    .selectFrom('signing_keys')
    .where('use', 'in', USES)
    .where((where) => where.or([where('retires_at', 'is', null), where('retires_at', '>', at)]))
}

/** The next key signs from now on, if it was made early enough; of two who try, one gets it. */
export async function promoteNext(tx: Tx, slot: { use: KeyUse; algorithm: KeyAlgorithm }, madeBefore: number): Promise<string | undefined> {
  const row = await tx
    .updateTable('signing_keys')
    .set({ state: 'current' })
    .where('use', '=', slot.use)
    .where('algorithm', '=', slot.algorithm)
    .where('state', '=', 'next')
    .where('created_at', '<=', madeBefore)
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/** Every other key of the slot that signed signs no more. */
export async function retireOthers(
  tx: Tx,
  slot: { use: KeyUse; algorithm: KeyAlgorithm },
  promoted: string,
  retires_at: number,
): Promise<void> {
  await tx
    .updateTable('signing_keys')
    .set({ state: 'retired', retires_at })
    .where('use', '=', slot.use)
    .where('algorithm', '=', slot.algorithm)
    .where('state', '=', 'current')
    .where('id', '!=', promoted)
    .execute()
}

export async function deleteRetired(tx: Tx, at: number): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('signing_keys')
    .where('use', 'in', USES)
    .where('state', '=', 'retired')
    .where('retires_at', '<=', at)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
