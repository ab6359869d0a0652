import type { Generated } from 'kysely'
import type { ActivationId, KeySetId, TokenId, UserId } from '../ids.ts'
import type { ActivationState, Flag, InRealm, KeySetState, Sealed, Time, TokenState } from './columns.ts'

/** Tokens, and what was counted against their codes. */
export type TokenTables = {
  authenticators: InRealm & {
    id: TokenId
    user_id: UserId
    kind: 'soft-token'
    state: TokenState
    label: string
    key_set: number
    replaces: TokenId | null
    attempts: number
    created_at: Time
    activated_at: Time | null
    last_used_at: Time | null
    ended_at: Time | null
    /** Why it is in its state: a literal that pages have a text for. */
    reason: string | null
    /** What an end can be undone to. */
    state_before: TokenState | null
    reason_before: string | null
  }
  soft_tokens: InRealm & {
    token_id: TokenId
    serial_number: string
    digits: 6 | 8
    pin_minimum: 6 | 8
    drift: number
    lean: -1 | 0 | 1
    /** When the owner was last told that an old copy is in use. */
    old_copy_told_at: Time | null
  }
  key_sets: InRealm & {
    id: KeySetId
    token_id: TokenId
    number: number
    state: KeySetState
    /** otp, unlock and sign, 32 bytes each; of a retired set otp alone, then nothing. */
    sealed_keys: Sealed
    /** `NEVER` until a code of it is accepted. */
    last_step: number
    /** Keyed hash of the PIN reset code that led to it; null for the first set. */
    reset_code: string | null
    created_at: Time
    confirmed_at: Time | null
    retired_at: Time | null
  }
  reset_attempts: InRealm & { id: Generated<number>; token_id: TokenId; at: Time; held: Flag; charged: Flag }
  activations: InRealm & {
    id: ActivationId
    token_id: TokenId
    user_id: UserId
    state: ActivationState
    sealed_code: Sealed | null
    sealed_ticket: Sealed | null
    ticket_hash: string | null
    ticket_opened_at: Time | null
    ticket_reopened_at: Time | null
    /** The key set that a registration code handed in by ticket led to, until its owner says yes. */
    sealed_keys: Sealed | null
    last_symbols: string | null
    tries_left: number
    suspend_replaced: Flag
    created_at: Time
    expires_at: Time
    ended_at: Time | null
  }
  /** One row a person: claimed before any security code is judged. */
  code_guards: InRealm & {
    user_id: UserId
    failures: number
    not_before: Time
    door_failures: number
    door_not_before: Time
    /** Bare doors (validate, RADIUS) are shut for this person until a sign-in with both factors. */
    doors_shut_at: Time | null
    wrong_since_success: number
    /** Wrong codes from before it do not count: no token of that time is in use. */
    counted_from: Time | null
    /** When the owner was last told of wrong codes. */
    warned_at: Time | null
  }
  wrong_codes: InRealm & { id: Generated<number>; user_id: UserId; at: Time; bare: Flag }
}
