import type { TokenState } from '../db/columns.ts'
import type { Tx } from '../db/database.ts'
import type { TokenId, UserId } from '../ids.ts'

/** Holds the person's row until the transaction ends. Every verb that changes a token does so first: person, then token. */
export async function lockPerson(tx: Tx, user: UserId): Promise<boolean> {
  const rows = await tx.updateTable('code_guards').set({ user_id: user }).where('user_id', '=', user).returning('user_id').execute()
  return rows.length > 0
}

/** Moves one of the person's tokens from one of the states to another; false if it is not there, not theirs, or not in one of them. */
export async function moveToken(
  tx: Tx,
  user: UserId,
  token: TokenId,
  from: readonly TokenState[],
  to: { state: TokenState; reason: string | null },
): Promise<boolean> {
  const rows = await tx
    .updateTable('authenticators')
    .set(to)
    .where('id', '=', token)
    .where('user_id', '=', user)
    .where('state', 'in', from)
    .returning('id')
    .execute()
  return rows.length > 0
}

/** Ends a token that is in use, and notes what the end can be undone to. */
export async function endTokenRow(tx: Tx, user: UserId, token: TokenId, at: number, reason: 'deleted' | 'replaced'): Promise<boolean> {
  const rows = await tx
    .updateTable('authenticators')
    .set((row) => ({ state_before: row.ref('state'), reason_before: row.ref('reason'), state: 'ended', ended_at: at, reason }))
    .where('id', '=', token)
    .where('user_id', '=', user)
    .where('state', 'in', ['active', 'disabled', 'suspended'])
    .returning('id')
    .execute()
  return rows.length > 0
}

/** The person's active tokens; under the person's lock no other verb changes them. */
export async function activeTokens(tx: Tx, user: UserId): Promise<TokenId[]> {
  const rows = await tx.selectFrom('authenticators').select('id').where('user_id', '=', user).where('state', '=', 'active').execute()
  return rows.map(({ id }) => id)
}

/** Whether a token is the person's, and in which state. */
export async function findToken(tx: Tx, user: UserId, token: TokenId) {
  return tx
    .selectFrom('authenticators')
    .select(['id', 'state', 'reason', 'state_before', 'reason_before', 'ended_at'])
    .where('id', '=', token)
    .where('user_id', '=', user)
    .executeTakeFirst()
}

/** Wrong codes from before now no longer count, nor is waited for them: the tokens that they were tried against are not in use. Doors that are shut stay so. */
export async function countFrom(tx: Tx, user: UserId, at: number): Promise<void> {
  const anew = { counted_from: at, failures: 0, not_before: 0, door_failures: 0, door_not_before: 0 }
  await tx.updateTable('code_guards').set(anew).where('user_id', '=', user).execute()
}
