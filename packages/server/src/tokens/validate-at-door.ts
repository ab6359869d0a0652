import type { Caller, Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { canonicalName, findUserByName } from '../users/find-user.ts'
import { acceptAtOnce } from './accept-at-once.ts'
import { inTurn } from './in-turn.ts'
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

/**
 * The same, in this thread. Codes for one name are judged one after the other: what is accepted at once is judged before anything is charged, and
 * of many that came together all would be judged before the first of them is.
 */
export async function validateHere(ctx: Context, by: Caller, user: string, code: string): Promise<Validated> {
  const digits = readSecurityCode(code)
  if (digits === undefined) return { outcome: 'malformed' }
  const name = canonicalName(user)
  // Nobody's codes are right.
  return name === '' ? validate(ctx, by, name, digits) : inTurn(ctx.db, name, () => validate(ctx, by, name, digits))
}

async function validate(ctx: Context, by: Caller, name: string, code: string): Promise<Validated> {
  const accepted = await acceptAtOnce(ctx, { by, name, code })
  if (accepted !== undefined) return accepted
  const person = await findUserByName(ctx, name)
  return validateCode(ctx, by, person?.id, code, { bare: true })
}
