import { z } from 'zod'
import type { Database } from '../db/open-database.ts'
import { type Acr, ONE_FACTOR, TWO_FACTORS } from '../sessions/rules.ts'
import type { ReturnPath } from './return-path.ts'

/** A sign-in under way. `subject` is set for a step-up: only that person may come back from it. */
export type PendingSignIn = {
  nonce: string
  codeVerifier: string
  acr: Acr
  maxAgeSeconds: number
  subject: string | null
  returnPath: ReturnPath
}

/** With the time when it began, in milliseconds. */
export type ClaimedSignIn = PendingSignIn & { startedAt: number }

export const PENDING_MS = 10 * 60_000
/** Anybody can start a sign-in: this bounds what that costs us on disk. */
const PENDING_MOST = 50_000

const pendingRow = z
  .object({
    nonce: z.string(),
    code_verifier: z.string(),
    acr: z.enum([ONE_FACTOR, TWO_FACTORS]),
    max_age_seconds: z.int(),
    subject: z.string().nullable(),
    return_path: z.enum(['/dashboard', '/manage-account']),
    expires_at: z.int(),
  })
  .transform((row) => ({
    nonce: row.nonce,
    codeVerifier: row.code_verifier,
    acr: row.acr,
    maxAgeSeconds: row.max_age_seconds,
    subject: row.subject,
    returnPath: row.return_path,
    startedAt: row.expires_at - PENDING_MS,
  }))

/** Keeps a sign-in for ten minutes. In the caller's transaction. */
export function addPending(
  db: Database,
  keys: { stateHash: Uint8Array; browserHash: Uint8Array },
  pending: PendingSignIn,
  now: number,
): void {
  db.prepare('DELETE FROM pending_sign_ins WHERE expires_at <= ?').run(now)
  db.prepare(
    `DELETE FROM pending_sign_ins WHERE state_hash IN
       (SELECT state_hash FROM pending_sign_ins ORDER BY expires_at DESC LIMIT -1 OFFSET ?)`,
  ).run(PENDING_MOST - 1)
  const { nonce, codeVerifier, acr, maxAgeSeconds, subject, returnPath } = pending
  db.prepare('INSERT INTO pending_sign_ins VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
    keys.stateHash,
    keys.browserHash,
    nonce,
    codeVerifier,
    acr,
    maxAgeSeconds,
    subject,
    returnPath,
    now + PENDING_MS,
  )
}

/** Takes a sign-in away and returns it, once: nothing for another browser, a used or an expired one. */
export function claimPending(
  db: Database,
  keys: { stateHash: Uint8Array; browserHash: Uint8Array },
  now: number,
): ClaimedSignIn | undefined {
  const row = db
    .prepare('DELETE FROM pending_sign_ins WHERE state_hash = ? AND browser_hash = ? AND expires_at > ? RETURNING *')
    .get(keys.stateHash, keys.browserHash, now)
  return row === undefined ? undefined : pendingRow.parse(row)
}
