import type { Caller, Context } from '../context.ts'
import { canonicalName, findUserByName } from '../users/find-user.ts'
import { type Ask, acceptAtOnce } from './accept-at-once.ts'
import { elsewhere } from './elsewhere.ts'
import { inTurn } from './in-turn.ts'
import { judgeTogether } from './judge-together.ts'
import { readSecurityCode } from './rules.ts'
import { type Validated, validateCode } from './validate-code.ts'

/**
 * Validates a code at a bare door: no password before it, and no browser that the person has signed in with. What is ordinary is accepted at
 * once; all else, and every refusal, is `validateCode`'s. Codes for one name are judged one after the other: what is accepted at once is judged
 * before anything is charged, and of many that came together all would be judged before the first of them is.
 * @param user a login name as it was typed, of somebody or of nobody
 */
export async function validateAtDoor(ctx: Context, by: Caller, user: string, code: string): Promise<Validated> {
  const digits = readSecurityCode(code)
  if (digits === undefined) return { outcome: 'malformed' }
  const ask: Ask = { by, name: canonicalName(user), code: digits }
  const validated = () => elsewhere(ctx.db)?.(ask) ?? validate(ctx, ask)
  // Nobody's codes are right.
  return ask.name === '' ? validated() : inTurn(ctx.db, ask.name, validated)
}

/** Accepts a code at once, or charges an attempt to whoever has the name and judges it. */
export async function validate(ctx: Context, ask: Ask): Promise<Validated> {
  return (await acceptAtOnce(ctx, ask)) ?? (await judgeTogether(ctx, ask)) ?? judgeAtDoor(ctx, ask)
}

async function judgeAtDoor(ctx: Context, { by, name, code }: Ask): Promise<Validated> {
  const person = await findUserByName(ctx, name)
  return validateCode(ctx, by, person?.id, code, { bare: true })
}
