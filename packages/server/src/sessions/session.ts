import type { Selectable } from 'kysely'
import type { Schema, SessionKind } from '../db/schema.ts'
import type { SessionId, UserId } from '../ids.ts'

/** How a person proved who they are (RFC 8176, and `lost`-proofs of self-administration). */
export type Method = 'pwd' | 'otp' | 'kba' | 'mfa'

/** A browser that is signed in. Times are milliseconds since 1970. */
export type Session = {
  id: SessionId
  user: UserId
  kind: SessionKind
  createdAt: number
  lastSeenAt: number
  expiresAt: number
  passwordAt: number | undefined
  secondFactorAt: number | undefined
  amr: readonly string[]
  device: string | undefined
  proof: string | undefined
  /** Wrong security codes between the sign-in before and this one. */
  wrongCodes: number
}

/** A session as its row says. */
export function sessionOf(row: Omit<Selectable<Schema['sessions']>, 'hash' | 'sealed_origin' | 'ended_at' | 'realm_id'>): Session {
  return {
    id: row.id,
    user: row.user_id,
    kind: row.kind,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    passwordAt: row.password_at ?? undefined,
    secondFactorAt: row.second_factor_at ?? undefined,
    amr: row.amr.split(' ').filter((method) => method !== ''),
    device: row.device_id ?? undefined,
    proof: row.proof ?? undefined,
    wrongCodes: row.wrong_codes,
  }
}
