import { forgetKeySet, type KeySet } from '@latchkey/protocol/activation/keys'
import { register } from '@latchkey/protocol/activation/registration'
import { type Code, type CodeRefusal, parseCode } from '@latchkey/protocol/codes/code'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Caller, Context } from '../context.ts'
import { argon2id } from '../hashing/argon2id.ts'
import { inLane } from '../hashing/in-lane.ts'
import type { UserId } from '../ids.ts'
import { type Charged, chargeTry, findSerial, type Which } from './activation-store.ts'
import { placeOfCode } from './issue-token.ts'

/** What a registration code came to. `keys` are the caller's to forget. */
export type Tried =
  | { is: 'mistyped'; user: UserId; refusal: CodeRefusal }
  /** No such activation of this person, or no such ticket. */
  | { is: 'unknown' }
  /** The activation takes no try now. */
  | { is: 'no-try'; user: UserId }
  | { is: 'wrong'; charged: Charged }
  | { is: 'right'; charged: Charged; keys: KeySet; code: Code<'registration'> }

/**
 * Reads a registration code, charges a try, commits that, and only then computes the proof (STP-1, 2, step 5), outside any transaction.
 * @throws Busy if the lane for activations is full; nothing was charged then
 */
export async function tryRegistration(ctx: Context, by: Caller, which: Which, typed: string): Promise<Tried> {
  const found = await findSerial(ctx.db.read, which)
  if (found === undefined) return { is: 'unknown' }
  const { user, serial } = found
  const parsed = parseCode('registration', serial, typed)
  if (!parsed.ok) return { is: 'mistyped', user, refusal: parsed }
  return inLane('activation', by.address, async () => {
    const charged = await ctx.db.transaction((tx) => chargeTry(tx, which, ctx.now()))
    if (charged === undefined) return { is: 'no-try', user }
    const keys = await register(argon2id, serial, activationCode(ctx, charged, serial), parsed.code)
    return keys === undefined ? { is: 'wrong', charged } : { is: 'right', charged, keys, code: parsed.code }
  })
}

/** @throws Error if what was sealed is not an activation code of this token */
function activationCode(ctx: Context, { id, sealedCode }: Charged, serial: SerialNumber): Code<'activation'> {
  const parsed = parseCode('activation', serial, Buffer.from(ctx.keys.open(placeOfCode(id), sealedCode)).toString())
  if (!parsed.ok) throw new Error(`the activation code of ${id} is damaged`)
  return parsed.code
}

/** Overwrites the keys of a try, if it has any. */
export function forgetTry(tried: Tried): void {
  if (tried.is === 'right') forgetKeySet(tried.keys)
}
