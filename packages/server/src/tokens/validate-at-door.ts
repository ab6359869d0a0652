import type { Caller, Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { canonicalName, findUserByName } from '../users/find-user.ts'
import { acceptAtOnce } from './accept-at-once.ts'
import { readSecurityCode } from './rules.ts'
import { type Validated, validateCode } from './validate-code.ts'

/**
 * Validates a code at a bare door: no password before it, and no browser that the person has signed in with. What is ordinary is accepted at
 * once; all else, and every refusal, is `validateCode`'s.
 * @param user a login name as it was typed, of somebody or of nobody
 */
export function validateAtDoor(ctx: Context, by: Caller, user: string, code: string): Promise<Validated> {
  const elsewhere = OTHER_THREADS.get(ctx.db)
  return elsewhere === undefined ? validateHere(ctx, by, user, code) : elsewhere(by, user, code)
}

/** Validates a code at a bare door, in another thread or in this one. */
export type AtDoor = (by: Caller, user: string, code: string) => Promise<Validated>
const OTHER_THREADS = new WeakMap<Database, AtDoor>()

/** Lets another thread validate what comes to bare doors with this database. */
export function leaveToThread(db: Database, atDoor: AtDoor): void {
  OTHER_THREADS.set(db, atDoor)
}

/** The same, in this thread. */
export async function validateHere(ctx: Context, by: Caller, user: string, code: string): Promise<Validated> {
  const digits = readSecurityCode(code)
  if (digits === undefined) return { outcome: 'malformed' }
  const accepted = await acceptAtOnce(ctx, { by, name: canonicalName(user), code: digits })
  if (accepted !== undefined) return accepted
  const person = await findUserByName(ctx, user)
  return validateCode(ctx, by, person?.id, digits, { bare: true })
}
