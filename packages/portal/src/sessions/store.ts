import type { Selectable } from 'kysely'
import type { Database, Tx } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'
import { SESSION_IDLE_MS, SESSION_LONGEST_MS } from './rules.ts'

/** Times in milliseconds since 1970. `providerSid` is the provider's name for its own session (`sid`). */
export type Session = Omit<Selectable<Schema['portalSessions']>, 'lastSeenAt'>

/** A token that ended sessions. With a `providerSid` it ends that session, without one all of the subject's. */
export type Logout = { jti: string; providerSid: string | undefined; subject: string | undefined }

const SESSION = ['idHash', 'subject', 'providerSid', 'name', 'timeZone', 'acr', 'authenticatedAt', 'endsAt', 'idToken'] as const

/** Notes a visit and returns the session, unless it is unknown, idle for too long or at its end. */
export function visitSession(db: Database['single'], idHash: Uint8Array, now: number): Promise<Session | undefined> {
  return db
    .updateTable('portalSessions')
    .set({ lastSeenAt: now })
    .where('idHash', '=', idHash)
    .where('lastSeenAt', '>', now - SESSION_IDLE_MS)
    .where('endsAt', '>', now)
    .returning(SESSION)
    .executeTakeFirst()
}

/**
 * Adds a session; false if the provider has ended the sign-in that it stands on: this session of its own whenever it was, all of the
 * person's since the sign-in began.
 */
export async function addSession(tx: Tx, session: Session, at: { startedAt: number; now: number }): Promise<boolean> {
  const { subject, providerSid } = session
  const ended = await tx
    .selectFrom('portalLogouts')
    .select('jti')
    .where(({ or, and, eb }) =>
      or([
        eb('providerSid', '=', providerSid),
        and([eb('providerSid', 'is', null), eb('subject', '=', subject), eb('receivedAt', '>=', at.startedAt)]),
      ]),
    )
    .executeTakeFirst()
  if (ended !== undefined) return false
  await tx
    .insertInto('portalSessions')
    .values({ ...session, lastSeenAt: at.now })
    .execute()
  return true
}

/** Ends a session and returns what it was. */
export function endSession(db: Database['single'], idHash: Uint8Array): Promise<Session | undefined> {
  return db.deleteFrom('portalSessions').where('idHash', '=', idHash).returning(SESSION).executeTakeFirst()
}

/** Ends what a logout names; returns how many sessions that were, or `replayed` if this logout came before. */
export async function endByLogout(tx: Tx, logout: Logout, now: number): Promise<number | 'replayed'> {
  const { jti, providerSid, subject } = logout
  const { numInsertedOrUpdatedRows: noted } = await tx
    .insertInto('portalLogouts')
    .values({ jti, providerSid: providerSid ?? null, subject: subject ?? null, receivedAt: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  if (noted === 0n) return 'replayed'
  const sessions = tx.deleteFrom('portalSessions')
  const named =
    providerSid === undefined
      ? sessions.where('subject', '=', subject ?? '')
      : sessions.where('providerSid', '=', providerSid).$if(subject !== undefined, (those) => those.where('subject', '=', subject ?? ''))
  const ended = await named.executeTakeFirstOrThrow()
  return Number(ended.numDeletedRows)
}

/** Forgets what can have no effect any more. */
export async function forgetEndedSessions(tx: Tx, now: number): Promise<void> {
  await tx
    .deleteFrom('portalSessions')
    .where(({ or, eb }) => or([eb('endsAt', '<=', now), eb('lastSeenAt', '<=', now - SESSION_IDLE_MS)]))
    .execute()
  await tx
    .deleteFrom('portalLogouts')
    .where('receivedAt', '<=', now - SESSION_LONGEST_MS)
    .execute()
}
