import type { Place } from './key-ring.ts'

/** A column whose values are sealed under a key-encryption key. The id of a value's place is the row's key, joined by `joint`. */
export type SealedColumn = { table: string; column: string; key: readonly [string, ...string[]]; joint?: string }

/** Every column that a rotation has to seal anew. A test compares this with the schema. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'key_sets', column: 'sealed_keys', key: ['id'] },
  { table: 'activations', column: 'sealed_code', key: ['id'] },
  { table: 'activations', column: 'sealed_ticket', key: ['id'] },
  { table: 'activations', column: 'sealed_keys', key: ['id'] },
  { table: 'shown_once', column: 'sealed_text', key: ['session_id', 'what'], joint: ' ' },
  { table: 'outbox', column: 'sealed_payload', key: ['id'] },
  { table: 'audit_person_keys', column: 'sealed_key', key: ['user_id'] },
  { table: 'oidc_models', column: 'sealed_payload', key: ['model', 'id'], joint: '/' },
  { table: 'signing_keys', column: 'sealed_key', key: ['id'] },
  { table: 'relying_parties', column: 'sealed_secret', key: ['id'] },
]

/** Sealed under the key of a person, which is itself sealed: a rotation leaves them as they are. */
export const UNDER_PERSON_KEYS: readonly { table: string; column: string }[] = [
  { table: 'audit_events', column: 'sealed_origin' },
  { table: 'sessions', column: 'sealed_origin' },
]

export function placeOf({ table, column, joint }: SealedColumn, key: readonly string[]): Place {
  return { table, column, id: key.join(joint ?? '/') }
}
