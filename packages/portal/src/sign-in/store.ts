import type { Database, Tx } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'

type Keys = { stateHash: Uint8Array; browserHash: Uint8Array }

/** A sign-in under way. `subject` is set for a step-up: only that person may come back from it. */
export type PendingSignIn = Omit<Schema['portalSignIns'], keyof Keys | 'expiresAt'>

/** With the time when it began, in milliseconds. */
export type ClaimedSignIn = PendingSignIn & { startedAt: number }

export const PENDING_MS = 10 * 60_000
/** Anybody can start a sign-in: this bounds what that costs us on disk. */
const PENDING_MOST = 50_000

/** Keeps a sign-in for ten minutes. */
export async function addPending(tx: Tx, keys: Keys, pending: PendingSignIn, now: number): Promise<void> {
  await tx.deleteFrom('portalSignIns').where('expiresAt', '<=', now).execute()
  await tx
    .deleteFrom('portalSignIns')
    .where('expiresAt', '<=', (eb) =>
      eb
        .selectFrom('portalSignIns')
        .select('expiresAt')
        .orderBy('expiresAt', 'desc')
        .limit(1)
        .offset(PENDING_MOST - 1),
    )
    .execute()
  await tx
    .insertInto('portalSignIns')
    .values({ ...keys, ...pending, expiresAt: now + PENDING_MS })
    .execute()
}

/** Takes a sign-in away and returns it, once: nothing for another browser, a used or an expired one. */
export async function claimPending(db: Database['single'], keys: Keys, now: number): Promise<ClaimedSignIn | undefined> {
  const claimed = await db
    .deleteFrom('portalSignIns')
    .where('stateHash', '=', keys.stateHash)
    .where('browserHash', '=', keys.browserHash)
    .where('expiresAt', '>', now)
    .returning(['nonce', 'codeVerifier', 'acr', 'maxAgeSeconds', 'subject', 'returnPath', 'expiresAt'])
    .executeTakeFirst()
  if (claimed === undefined) return undefined
  const { expiresAt, ...pending } = claimed
  return { ...pending, startedAt: expiresAt - PENDING_MS }
}
