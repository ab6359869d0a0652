import type { FlowId, LinkId, NoticeId, SessionId, UserId } from '../ids.ts'
import type { Flag, InRealm, LinkPurpose, Sealed, SessionKind, SignInState, Time } from './columns.ts'

/** What signs in, what is mailed, what is shown for a while. */
export type SessionTables = {
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
}
