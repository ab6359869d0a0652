import { isSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { KeySetState } from '../db/columns.ts'
import type { Tx } from '../db/database.ts'
import type { KeySetId, TokenId, UserId } from '../ids.ts'
import { RESET_TRIES, RESET_WINDOW_MS } from './rules.ts'

/** Holds an active token of the person, and counts nothing; undefined if it is not there, not theirs or not active. */
export async function holdToken(tx: Tx, user: UserId, token: TokenId): Promise<{ serial: SerialNumber } | undefined> {
  const held = await tx
    .updateTable('authenticators')
    .set({ state: 'active' })
    .where('id', '=', token)
    .where('user_id', '=', user)
    .where('state', '=', 'active')
    .returning('id')
    .executeTakeFirst()
  if (held === undefined) return undefined
  const row = await tx.selectFrom('soft_tokens').select('serial_number').where('token_id', '=', token).executeTakeFirstOrThrow()
  if (!isSerialNumber(row.serial_number)) throw new Error(`the serial number of ${token} is damaged`)
  return { serial: row.serial_number }
}

export type StoredSet = {
  id: KeySetId
  number: number
  state: KeySetState
  sealed_keys: Uint8Array
  last_step: number
  reset_code: string | null
}

/** All key sets of a token, retired ones too, by number. */
export async function readSets(tx: Tx, token: TokenId): Promise<StoredSet[]> {
  return tx
    .selectFrom('key_sets')
    .select(['id', 'number', 'state', 'sealed_keys', 'last_step', 'reset_code'])
    .where('token_id', '=', token)
    .orderBy('number')
    .execute()
}

/** Charges a PIN reset code that was not answered yet, before it is judged; undefined if the day's are used up. The token's row is held by the caller. */
export async function chargeReset(tx: Tx, token: TokenId, at: number): Promise<number | undefined> {
  const rows = await tx
    .selectFrom('reset_attempts')
    .select('id')
    .where('token_id', '=', token)
    .where('charged', '=', 1)
    .where('at', '>', at - RESET_WINDOW_MS)
    .execute()
  if (rows.length >= RESET_TRIES) return undefined
  const { id } = await tx
    .insertInto('reset_attempts')
    .values({ token_id: token, at, held: 0, charged: 1 })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export async function noteHeld(tx: Tx, attempt: number): Promise<void> {
  await tx.updateTable('reset_attempts').set({ held: 1 }).where('id', '=', attempt).execute()
}
