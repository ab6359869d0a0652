import type { SQLOutputValue } from 'node:sqlite'
import { z } from 'zod'
import type { Database } from '../db/open-database.ts'
import { type Acr, ONE_FACTOR, SESSION_IDLE_MS, SESSION_LONGEST_MS, TWO_FACTORS } from './rules.ts'

/** Times in milliseconds since 1970. `providerSid` is the provider's name for its own session (`sid`). */
export type Session = {
  idHash: Uint8Array
  subject: string
  providerSid: string | null
  name: string
  timeZone: string
  acr: Acr
  authenticatedAt: number
  endsAt: number
  idToken: string
}

/** A token that ended sessions. With a `providerSid` it ends that session, without one all of the subject's. */
export type Logout = { jti: string; providerSid: string | undefined; subject: string | undefined }

const sessionRow = z
  .object({
    id_hash: z.instanceof(Uint8Array),
    subject: z.string(),
    provider_sid: z.string().nullable(),
    name: z.string(),
    time_zone: z.string(),
    acr: z.enum([ONE_FACTOR, TWO_FACTORS]),
    authenticated_at: z.int(),
    ends_at: z.int(),
    id_token: z.string(),
  })
  .transform((row) => ({
    idHash: row.id_hash,
    subject: row.subject,
    providerSid: row.provider_sid,
    name: row.name,
    timeZone: row.time_zone,
    acr: row.acr,
    authenticatedAt: row.authenticated_at,
    endsAt: row.ends_at,
    idToken: row.id_token,
  }))

function sessionOf(row: Record<string, SQLOutputValue> | undefined): Session | undefined {
  return row === undefined ? undefined : sessionRow.parse(row)
}

/** Notes a visit and returns the session, unless it is unknown, idle for too long or at its end. */
export function visitSession(db: Database, idHash: Uint8Array, now: number): Session | undefined {
  return sessionOf(
    db
      .prepare('UPDATE sessions SET last_seen_at = ? WHERE id_hash = ? AND last_seen_at > ? AND ends_at > ? RETURNING *')
      .get(now, idHash, now - SESSION_IDLE_MS, now),
  )
}

/**
 * Adds a session; false if the provider has ended the sign-in that it stands on: this session of its own whenever it was, all of the
 * person's since the sign-in began.
 */
export function addSession(db: Database, session: Session, at: { startedAt: number; now: number }): boolean {
  const { idHash, subject, providerSid, name, timeZone, acr, authenticatedAt, endsAt, idToken } = session
  const added = db
    .prepare(
      `INSERT INTO sessions (id_hash, subject, provider_sid, name, time_zone, acr, authenticated_at, last_seen_at, ends_at, id_token)
       SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (
         SELECT 1 FROM logouts WHERE provider_sid = ? OR (provider_sid IS NULL AND subject = ? AND received_at >= ?))`,
    )
    .run(idHash, subject, providerSid, name, timeZone, acr, authenticatedAt, at.now, endsAt, idToken, providerSid, subject, at.startedAt)
  return added.changes === 1
}

/** Ends a session and returns what it was. */
export function endSession(db: Database, idHash: Uint8Array): Session | undefined {
  return sessionOf(db.prepare('DELETE FROM sessions WHERE id_hash = ? RETURNING *').get(idHash))
}

/** Ends what a logout names; returns how many sessions that were, or `replayed` if this logout came before. In the caller's transaction. */
export function endByLogout(db: Database, logout: Logout, now: number): number | 'replayed' {
  const sid = logout.providerSid ?? null
  const subject = logout.subject ?? null
  const noted = db
    .prepare('INSERT INTO logouts (jti, provider_sid, subject, received_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
    .run(logout.jti, sid, subject, now)
  if (noted.changes === 0) return 'replayed'
  const ended =
    sid === null
      ? db.prepare('DELETE FROM sessions WHERE subject = ?').run(subject)
      : db.prepare('DELETE FROM sessions WHERE provider_sid = ? AND subject = coalesce(?, subject)').run(sid, subject)
  return Number(ended.changes)
}

/** Forgets what can have no effect any more. */
export function forgetEndedSessions(db: Database, now: number): void {
  db.prepare('DELETE FROM sessions WHERE ends_at <= ? OR last_seen_at <= ?').run(now, now - SESSION_IDLE_MS)
  db.prepare('DELETE FROM logouts WHERE received_at <= ?').run(now - SESSION_LONGEST_MS)
}
