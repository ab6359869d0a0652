import type { Generated } from 'kysely'
import type { SessionId, UserId } from '../ids.ts'
import type { InRealm, Sealed, Time } from './columns.ts'

/** What leaves the house, what is kept of decisions, who stands behind the doors. */
export type RecordTables = {
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
    use: 'oidc' | 'audit' | 'cookies' | 'portal'
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
    sealed_secret: Sealed | null
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
