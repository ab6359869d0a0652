import type { Tx } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'
import type { UserId } from '../ids.ts'

/**
 * Tables of other rooms too: the one exception to a room's tables being its own, because a person is erased whole or not at all.
 * A table with a `user_id` stands in one of these two lists, or a test fails.
 */
export const ERASED = [
  /** These two first: everybody holds the person's rows before others. */
  'recovery_guards',
  'code_guards',
  'addresses',
  'passwords',
  'devices',
  'question_answers',
  'question_rounds',
  'recovery_codes',
  'recovery_code_sets',
  'mailed_codes',
  'wrong_codes',
  'activations',
  'links',
  'notices',
  'sign_in_flows',
  /** The key of what the audit log says about where they came from. */
  'audit_person_keys',
] as const satisfies readonly (keyof Schema)[]

/** Kept as long as their own retention says, without what identifies a person. */
export const KEPT = [
  /** The tombstone: neither identifier nor login name is given to anybody again. */
  'users',
  /** Serial numbers are never given again; keys and labels go. */
  'authenticators',
  /** Ended; relying parties are still to hear of it. Where from goes. */
  'sessions',
  /** Mails go, what tells relying parties stays. */
  'outbox',
] as const satisfies readonly (keyof Schema)[]

/** Deletes what is known of a person, keys of their tokens included, in the caller's transaction. */
export async function erase(tx: Tx, user: UserId, at: number): Promise<void> {
  for (const table of ERASED) await tx.deleteFrom(table).where('user_id', '=', user).execute()
  const tokens = tx.selectFrom('authenticators').select('id').where('user_id', '=', user)
  await tx.deleteFrom('key_sets').where('token_id', 'in', tokens).execute()
  await tx.deleteFrom('reset_attempts').where('token_id', 'in', tokens).execute()
  await tx
    .updateTable('authenticators')
    .set((eb) => ({ state: 'ended', label: '', reason: 'removed', ended_at: eb.fn.coalesce('ended_at', eb.val(at)) }))
    .where('user_id', '=', user)
    .execute()
  await tx.updateTable('sessions').set({ sealed_origin: null, device_id: null }).where('user_id', '=', user).execute()
  await tx.deleteFrom('outbox').where('user_id', '=', user).where('kind', '=', 'mail').execute()
}
