import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { dummyHash } from '../hashing/dummy-hash.ts'
import { hashSecret } from '../hashing/hash-secret.ts'
import { Busy, inLane, type Lane } from '../hashing/in-lane.ts'
import { verifySecret } from '../hashing/verify-secret.ts'
import type { UserId } from '../ids.ts'
import { readName } from '../users/rules.ts'
import { couldBePassword, normalisePassword, waitAfter } from './rules.ts'
import { type Budget, claimDevice, claimName, findHash, keepHash, NOBODY, setBudget, setWait, subjectOf } from './store.ts'

/** `device`: the hash of the cookie of a browser that may have signed in before. */
export type Typed = { name: string; password: string; device: string | undefined }
type Refused =
  /** Unknown, suspended and without a password as well. */
  | { outcome: 'wrong' }
  /** Nothing was judged: tries for this name wait until then (milliseconds UTC), whether or not somebody has it. */
  | { outcome: 'waiting'; until: number }
  | { outcome: 'busy' }
export type PasswordChecked<T> = { outcome: 'right'; begun: T } | Refused
/** What a right password leads to, in the transaction that settles it: the password is held, so whoever changes it ends what began here. */
type Begin<T> = (tx: Tx, user: UserId) => Promise<T>

/**
 * Judges a password. The attempt is charged before the hash is made, on the name's budget or on that of a browser that the person has signed in with;
 * a right one clears that budget and no other. Unknown names walk the same statements and the same hash.
 */
export async function checkPassword<T>(ctx: Context, by: Caller, typed: Typed, begin: Begin<T>): Promise<PasswordChecked<T>> {
  const name = readName(typed.name)
  const loginName = name.ok ? name.canonical : ''
  try {
    const lane = await laneFor(ctx, typed.device, loginName)
    const judged = await inLane(lane, by.address, () => chargeAndJudge(ctx, by, typed, loginName))
    return 'outcome' in judged ? judged : await settle(ctx, by, judged, begin)
  } catch (error) {
    if (error instanceof Busy) return { outcome: 'busy' }
    throw error
  }
}

/** Decides who waits where, and nothing else: the claim looks again. */
async function laneFor(ctx: Context, device: string | undefined, loginName: string): Promise<Lane> {
  const known = await ctx.db.read
    .selectFrom('devices')
    .innerJoin('users', 'users.id', 'devices.user_id')
    .select('devices.id')
    .where('devices.id', '=', device ?? '')
    .where('devices.expires_at', '>', ctx.now())
    .where('users.realm_id', '=', 'default')
    .where('users.login_name', '=', loginName)
    .executeTakeFirst()
  return known === undefined ? 'source' : 'known-browser'
}

type Judged = { budget: Budget; user: UserId | undefined; holds: boolean; hash: string; next: string }
type Claimed = { budget: Budget; user: UserId | undefined; hash: string | undefined; wait: number | undefined }

/** Inside the lane, so that a full one has charged nothing. */
async function chargeAndJudge(ctx: Context, by: Caller, typed: Typed, loginName: string): Promise<Judged | Refused> {
  const { budget, user, hash, wait } = await claim(ctx, by, typed.device, loginName)
  if (wait !== undefined) return { outcome: 'waiting', until: wait }
  const against = hash ?? dummyHash(ctx)
  const password = normalisePassword(typed.password)
  const possible = couldBePassword(password)
  const { holds, outdated } = await verifySecret(ctx, possible ? password : '', against)
  const right = holds && possible && hash !== undefined
  const next = right && outdated ? await hashSecret(ctx, password) : against
  return { budget, user, holds: right, hash: against, next }
}

/** Charges the attempt as if it had failed: whoever comes in beside it waits already. */
function claim(ctx: Context, by: Caller, device: string | undefined, loginName: string): Promise<Claimed> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const budget = (await claimDevice(tx, device ?? '', loginName, at)) ?? (await claimName(tx, subjectOf(ctx, loginName), at))
    const waiting = budget.notBefore > at
    await setWait(tx, budget, waiting ? budget.notBefore : at + waitAfter(budget.failures))
    const { user, hash } = await findHash(tx, loginName)
    if (!waiting) return { budget, user, hash, wait: undefined }
    await record(ctx, tx, { at, action: 'passwords.check-password', outcome: 'waiting', subject: user ?? NOBODY, by })
    return { budget, user, hash, wait: budget.notBefore }
  })
}

async function settle<T>(
  ctx: Context,
  by: Caller,
  { budget, user, holds, hash, next }: Judged,
  begin: Begin<T>,
): Promise<PasswordChecked<T>> {
  return ctx.db.transaction(async (tx): Promise<PasswordChecked<T>> => {
    // The password may have been changed, or its person suspended, while the hash was made.
    const stands = await keepHash(tx, holds ? user : undefined, hash, next)
    if (stands) await setBudget(tx, budget, 0, 0)
    const outcome = stands ? 'right' : 'wrong'
    const of = { action: 'passwords.check-password', outcome, subject: user ?? NOBODY, object: deviceOf(budget) }
    await record(ctx, tx, { ...of, at: ctx.now(), by })
    return stands && user !== undefined ? { outcome: 'right', begun: await begin(tx, user) } : { outcome: 'wrong' }
  })
}

function deviceOf(budget: Budget): string | undefined {
  return budget.kind === 'device' ? 'known-browser' : undefined
}
