import type { AddressId, SessionId, UserId } from '../ids.ts'
import type { InRealm, Role, Time, UserState } from './columns.ts'

/** People, and what they prove who they are with besides a token. */
export type PeopleTables = {
  realms: { id: string; name: string; created_at: Time }
  /** Facts about the database itself, such as when it was restored. */
  facts: { name: string; value: string }

  users: InRealm & {
    id: UserId
    /** Canonical: unique in the realm, for ever. */
    login_name: string
    display_name: string
    role: Role
    state: UserState
    locale: string
    time_zone: string
    created_at: Time
    /** When the last step of enrolment was finished; until then a sign-in leads back to the first unfinished one. */
    enrolled_at: Time | null
    ended_at: Time | null
  }
  addresses: InRealm & {
    id: AddressId
    user_id: UserId
    address: string
    canonical: string
    created_at: Time
    verified_at: Time | null
    /** From when it may prove a recovery. */
    recovery_from: Time | null
    ended_at: Time | null
  }

  /** `hash` names its algorithm and cost (PHC string). */
  passwords: InRealm & { user_id: UserId; hash: string; changed_at: Time; reset_at: Time | null }
  /** One row for each name that was tried, known or not: `subject` is a keyed hash of the canonical name. */
  password_guards: InRealm & { subject: string; failures: number; not_before: Time; last_at: Time }
  /** Browsers in which a person has signed in before; the cookie's hash is the id. */
  devices: InRealm & {
    id: string
    user_id: UserId
    failures: number
    not_before: Time
    created_at: Time
    last_used_at: Time
    expires_at: Time
  }

  question_answers: InRealm & { user_id: UserId; place: number; question: string; hash: string; created_at: Time }
  question_rounds: InRealm & {
    user_id: UserId
    first_place: number
    second_place: number
    wrong_rounds: number
    not_before: Time
    locked_at: Time | null
  }

  recovery_code_sets: InRealm & { id: string; user_id: UserId; created_at: Time; saved_at: Time | null; ended_at: Time | null }
  recovery_codes: InRealm & { set_id: string; number: number; user_id: UserId; hash: string; used_at: Time | null }
  mailed_codes: InRealm & {
    id: string
    user_id: UserId
    session_id: SessionId
    hash: string
    tries_left: number
    created_at: Time
    expires_at: Time
    used_at: Time | null
  }
  /** All proofs of a recovery are counted together, by person. */
  recovery_guards: InRealm & {
    user_id: UserId
    attempts: number
    not_before: Time
    last_at: Time
    password_reset_at: Time | null
    password_reset_proof: string | null
  }
}
