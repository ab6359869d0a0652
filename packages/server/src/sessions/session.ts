import type { Selectable } from 'kysely'
import type { Schema } from '../db/schema.ts'
import type { Session } from '../session.ts'

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
