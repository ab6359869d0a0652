import type { Insertable } from 'kysely'
import type { Tx } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'
import type { KeyAlgorithm, KeyUse } from './rules.ts'

export type NewKey = Insertable<Schema['signing_keys']>

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
    .where('use', 'in', ['oidc', 'cookies', 'portal'])
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
    .where('use', 'in', ['oidc', 'cookies', 'portal'])
    .where('state', '=', 'retired')
    .where('retires_at', '<=', at)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
