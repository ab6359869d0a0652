import type { Generated } from 'kysely'
import type { ActivationId, AddressId, FlowId, KeySetId, LinkId, NoticeId, SessionId, TokenId, UserId } from '../ids.ts'

/** Milliseconds since 1970, UTC. */
type Time = number
/** 0 or 1: both engines count. */
type Flag = 0 | 1
/** Sealed under a key-encryption key (`keys/seal.ts`). */
type Sealed = Uint8Array
type InRealm = { realm_id: Generated<string> }

export type Role = 'user' | 'helpdesk' | 'admin'
export type UserState = 'active' | 'suspended' | 'removed'
export type TokenState = 'pending' | 'active' | 'disabled' | 'suspended' | 'ended'
export type KeySetState = 'current' | 'next' | 'retired'
export type ActivationState = 'open' | 'provisional' | 'done' | 'void'
export type LinkPurpose = 'first-admin' | 'enrolment' | 'password-reset' | 'notice' | 'address'
export type SessionKind = 'sign-in' | 'enrolment' | 'self-administration' | 'password-reset'
export type SignInState = 'password' | 'second-factor' | 'enrolment' | 'done'

/** Every table, as both engines hold it. A fact that changes on its own has a row of its own. */
export type Schema = {
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
  recovery_guards: InRealm & { user_id: UserId; attempts: number; not_before: Time; last_at: Time; password_reset_at: Time | null; password_reset_proof: string | null }

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
    last_step: number | null
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

  links: InRealm & {
    id: LinkId
    purpose: LinkPurpose
    user_id: UserId | null
    hash: string
    subject_id: string | null
    created_at: Time
    expires_at: Time
    used_at: Time | null
  }
  /** What was done to a person's factors, so that `This wasn't me` can undo it. */
  notices: InRealm & {
    id: NoticeId
    user_id: UserId
    action: string
    added_id: string | null
    ended_id: string | null
    created_at: Time
    repudiated_at: Time | null
  }

  sessions: InRealm & {
    id: SessionId
    hash: string
    user_id: UserId
    kind: SessionKind
    created_at: Time
    last_seen_at: Time
    expires_at: Time
    ended_at: Time | null
    password_at: Time | null
    second_factor_at: Time | null
    /** RFC 8176, separated by spaces. */
    amr: string
    device_id: string | null
    /** For self-administration: what was proved beside the password. */
    proof: string | null
    /** Wrong codes since the sign-in before. */
    wrong_codes: number
    sealed_origin: Sealed | null
  }
  sign_in_flows: InRealm & {
    id: FlowId
    browser: string
    state: SignInState
    user_id: UserId | null
    session_id: SessionId | null
    return_to: string
    /** Where a form of this flow may lead beside our own origin. */
    form_origin: string | null
    relying_party: string | null
    password_at: Time | null
    device_id: string | null
    wants_second_factor: Flag
    fresh_since: Time | null
    created_at: Time
    expires_at: Time
  }

  /** What a page shows for a while and a reload shows again, such as new recovery codes until they are saved. */
  shown_once: InRealm & { session_id: SessionId; what: string; sealed_text: Sealed; expires_at: Time }

  outbox: InRealm & {
    id: string
    kind: 'mail' | 'back-channel-logout' | 'password-reset'
    user_id: UserId | null
    sealed_payload: Sealed
    state: 'waiting' | 'sent' | 'failed'
    attempts: number
    not_before: Time
    created_at: Time
    ended_at: Time | null
  }

  audit_events: InRealm & {
    id: Generated<number>
    at: Time
    action: string
    outcome: string
    subject: string | null
    actor: string | null
    object: string | null
    door: string | null
    request: string | null
    /** Where it came from, under the key of the person: erasing the key erases it, and the chain stays whole. */
    sealed_origin: Sealed | null
    block: number | null
  }
  audit_blocks: {
    number: number
    realm_id: Generated<string>
    first_event: number
    last_event: number
    events: number
    previous_hash: string
    hash: string
    signature: string
    key_id: string
    sealed_at: Time
  }
  audit_person_keys: InRealm & { user_id: UserId; sealed_key: Sealed; created_at: Time }

  oidc_models: InRealm & {
    model: string
    id: string
    grant_id: string | null
    uid: string | null
    account_id: string | null
    /** The library's session that a token or code belongs to. */
    session_uid: string | null
    /** Our session, for the library's session of a browser. */
    session_id: SessionId | null
    sealed_payload: Sealed
    created_at: Time
    expires_at: Time | null
    consumed_at: Time | null
  }
  signing_keys: InRealm & {
    id: string
    use: 'oidc' | 'audit' | 'cookies'
    algorithm: string
    state: 'next' | 'current' | 'retired'
    public_jwk: string | null
    sealed_key: Sealed
    created_at: Time
    retires_at: Time | null
  }
  relying_parties: InRealm & {
    id: string
    client_id: string
    name: string
    /** Client metadata of OpenID Connect Dynamic Client Registration 1.0, section 2, as JSON. */
    metadata: string
    required_acr: string | null
    allowed_kinds: string | null
    freshness_ms: number | null
    state: 'active' | 'suspended'
    created_at: Time
  }
  api_keys: InRealm & {
    id: string
    hash: string
    name: string
    scope: string
    created_at: Time
    last_used_at: Time | null
    ended_at: Time | null
  }
}
