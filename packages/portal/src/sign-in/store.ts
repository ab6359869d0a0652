import type { Database } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'

type Keys = { stateHash: Uint8Array; browserHash: Uint8Array }

/** A sign-in under way. `subject` is set for a step-up: only that person may come back from it. */
export type PendingSignIn = Omit<Schema['portalSignIns'], keyof Keys | 'expiresAt'>

/** With the time when it began, in milliseconds. */
export type ClaimedSignIn = PendingSignIn & { startedAt: number }

export const PENDING_MS = 10 * 60_000
/** Anybody can start a sign-in: this bounds what that costs us on disk. */
const PENDING_MOST = 50_000
const FORGOTTEN_AT_ONCE = 100

/** Keeps a sign-in for ten minutes; a few of those that are over, or too many, go. */
export async function addPending(db: Database, keys: Keys, pending: PendingSignIn, now: number): Promise<void> {
  await db.single
    .insertInto('portalSignIns')
    .values({ ...keys, ...pending, expiresAt: now + PENDING_MS })
    .execute()
  const over = db.single
    .selectFrom('portalSignIns')
    .select('stateHash')
    .where(({ or, eb, selectFrom }) => {
      const newer = selectFrom('portalSignIns').select('expiresAt').orderBy('expiresAt', 'desc').limit(1).offset(PENDING_MOST)
      return or([eb('expiresAt', '<=', now), eb('expiresAt', '<=', newer)])
    })
    .limit(FORGOTTEN_AT_ONCE)
    // What another instance forgets at this moment is not waited for.
    .$if(db.engine === 'postgres', (rows) => rows.forUpdate().skipLocked())
  await db.single.deleteFrom('portalSignIns').where('stateHash', 'in', over).execute()
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
