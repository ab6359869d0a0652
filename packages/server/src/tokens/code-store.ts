import type { Context } from '../context.ts'
import type { KeySetState } from '../db/columns.ts'
import type { Tx } from '../db/database.ts'
import { change, plural, run, runForEach, statement } from '../db/statement.ts'
import type { KeySetId, TokenId, UserId } from '../ids.ts'
import type { SetInPlay, TokenInPlay } from './judge-code.ts'
import { openOtpKey, placeOfKeys } from './key-sets.ts'
import { BUDGET, RETIRED_KEPT_MS } from './rules.ts'

/** Stands for whoever is unknown, or has to wait: the same statements, over rows that are not there. */
export const NOBODY: UserId = 'usr_AAAAAAAAAAAAAAAAAAAAAA'

/** A person's counts, after the attempt was charged. */
export type Guard = {
  failures: number
  door_failures: number
  doors_shut_at: number | null
  wrong_since_success: number
  counted_from: number | null
  warned_at: number | null
}

const GUARD = 'user_id, failures, door_failures, doors_shut_at, wrong_since_success, counted_from, warned_at'
const inService = (person: string): string => `exists (select 1 from users where users.id = ${person} and users.state = 'active')`
const IN_SERVICE = inService('code_guards.user_id')

const claim = (count: string, open: string) =>
  plural<Guard & { user_id: UserId }>(
    `update code_guards set ${count} = ${count} + 1 where user_id = ? and ${open} <= ? and ${IN_SERVICE} returning ${GUARD}`,
    `update code_guards set ${count} = ${count} + 1 from unnest(?::text[], ?::bigint[]) as asked(asked_user, asked_at)
     where user_id = asked_user and ${open} <= asked_at and ${IN_SERVICE} returning ${GUARD}`,
  )
const CLAIM = claim('failures', 'not_before')
const CLAIM_AT_DOOR = claim('door_failures', 'doors_shut_at is null and door_not_before')

/**
 * Charges an attempt to each of these people and holds their rows: not during a wait, at a door that is shut, and where the person is not in service.
 * Whoever holds several does so in the order of their identifiers.
 */
export async function claimPeople(
  ctx: Context,
  tx: Tx,
  people: readonly UserId[],
  bare: boolean,
  at: number,
): Promise<ReadonlyMap<UserId, Guard>> {
  const asked = people.toSorted().map((user) => [user, at])
  const rows = await runForEach(ctx.db.engine, tx, bare ? CLAIM_AT_DOOR : CLAIM, asked)
  return new Map(rows.map((row) => [row.user_id, row]))
}

const CLAIM_TOKENS = plural<{ id: TokenId }>(
  `update authenticators set attempts = attempts + 1 where user_id = ? and state = 'active' returning id`,
  `update authenticators set attempts = attempts + 1 from unnest(?::text[]) as asked(asked_user)
   where user_id = asked_user and state = 'active' returning id`,
)

/** Charges the attempt to these people's active tokens and holds their rows: none is suspended or ended meanwhile. */
export async function claimTokens(ctx: Context, tx: Tx, people: readonly UserId[]): Promise<void> {
  const asked = people.toSorted().map((user) => [user])
  await runForEach(ctx.db.engine, tx, CLAIM_TOKENS, asked)
}

/** A key set, and its token. */
export type KeySetRow = {
  set_id: KeySetId
  set_state: KeySetState
  number: number
  sealed_keys: Uint8Array
  last_step: number
  token_id: TokenId
  digits: 6 | 8
  drift: number
  lean: -1 | 0 | 1
}

const sets = (from: string, whose: string, retiredAfter: string): string =>
  `select a.user_id, s.id as set_id, s.state as set_state, s.number, s.sealed_keys, s.last_step, t.token_id, t.digits, t.drift, t.lean,
     (select value from facts where name = 'restored-step') as restored_step
   from ${from} join soft_tokens t on t.token_id = a.id join key_sets s on s.token_id = a.id
   where ${whose} and a.state = 'active' and ${inService('a.user_id')} and (s.state <> 'retired' or s.retired_at > ${retiredAfter}) and length(s.sealed_keys) > 1
   order by a.created_at, a.id, s.number`
const READ_SETS = plural<KeySetRow & { user_id: UserId; restored_step: string | null }>(
  sets('authenticators a', 'a.user_id = ?', '?'),
  sets(
    'unnest(?::text[], ?::bigint[]) as asked(asked_user, retired_after) join authenticators a on a.user_id = asked_user',
    'true',
    'retired_after',
  ),
)

export type InPlay = { tokens: TokenInPlay[]; restoredStep: number | undefined }

/**
 * The active tokens of each of these people with their key sets in clear, retired ones of 90 days among them. `forgetTokens` after use.
 * None of whoever is not in service: a claim that waited for the row while they were suspended still saw them as they were before (PostgreSQL).
 */
export async function readTokens(ctx: Context, tx: Tx, people: readonly UserId[], at: number): Promise<(user: UserId) => InPlay> {
  const asked = people.map((user) => [user, at - RETIRED_KEPT_MS])
  const byPerson = Map.groupBy(await runForEach(ctx.db.engine, tx, READ_SETS, asked), ({ user_id }) => user_id)
  return (user) => {
    const rows = byPerson.get(user) ?? []
    if (rows.length === 0) openNothing(ctx)
    const restored = rows[0]?.restored_step ?? undefined
    return { tokens: tokensOf(ctx, rows), restoredStep: restored === undefined ? undefined : Number(restored) }
  }
}

/** Tokens with their key sets in clear. `forgetTokens` after use. @throws SealBroken if one does not open; the others are overwritten then */
export function tokensOf(ctx: Context, rows: readonly KeySetRow[]): TokenInPlay[] {
  const tokens = new Map<TokenId, TokenInPlay & { sets: SetInPlay[] }>()
  try {
    for (const row of rows) {
      const { token_id: id, digits, drift, lean } = row
      const token = tokens.get(id) ?? { id, digits, drift, lean, sets: [] }
      tokens.set(id, token)
      token.sets.push(setOf(ctx, row))
    }
    return [...tokens.values()]
  } catch (error) {
    forgetTokens([...tokens.values()])
    throw error
  }
}

/** Where there is no key set: sealing takes the time of opening one. */
export function openNothing(ctx: Context): void {
  ctx.keys.sealUnkept(placeOfKeys('kst_nobody'), NO_KEYS)
}

const NO_KEYS = new Uint8Array(96)

function setOf(ctx: Context, { set_id: id, set_state: state, number, sealed_keys, last_step }: KeySetRow): SetInPlay {
  return { id, number, state, otp: openOtpKey(ctx, id, sealed_keys), lastStep: last_step }
}

/** Overwrites the keys. */
export function forgetTokens(tokens: readonly TokenInPlay[]): void {
  for (const { sets } of tokens) for (const { otp } of sets) otp.fill(0)
}

const ADD_WRONG = plural<never>(
  'insert into wrong_codes (user_id, at, bare) values (?, ?, ?)',
  'insert into wrong_codes (user_id, at, bare) select * from unnest(?::text[], ?::bigint[], ?::int[])',
)
const COUNT_WRONG = plural<{ user_id: UserId; counted: number }>(
  `select user_id, count(*) as counted
   from (select user_id from wrong_codes where user_id = ? and bare = ? and at >= ? order by at desc limit ${BUDGET}) as latest group by user_id`,
  `select asked_user as user_id, count(*) as counted from unnest(?::text[], ?::int[], ?::bigint[]) as asked(asked_user, asked_bare, asked_from),
     lateral (select 1 from wrong_codes where user_id = asked_user and bare = asked_bare and at >= asked_from order by at desc limit ${BUDGET}) as latest
   group by asked_user`,
)

/** Adds a wrong code for each of these people. @returns how many they have had since `from`, up to the budget */
export async function addWrongCodes(
  ctx: Context,
  tx: Tx,
  wrong: readonly { user: UserId; from: number }[],
  bare: boolean,
  at: number,
): Promise<ReadonlyMap<UserId, number>> {
  const door = bare ? 1 : 0
  const added = wrong.map(({ user }) => [user, at, door])
  await runForEach(ctx.db.engine, tx, ADD_WRONG, added)
  const counted = wrong.map(({ user, from }) => [user, door, from])
  const rows = await runForEach(ctx.db.engine, tx, COUNT_WRONG, counted)
  return new Map(rows.map((row) => [row.user_id, row.counted]))
}

const WAIT = plural<never>(
  'update code_guards set wrong_since_success = wrong_since_success + 1, not_before = ?, warned_at = ? where user_id = ?',
  `update code_guards set wrong_since_success = wrong_since_success + 1, not_before = until, warned_at = told_at
   from unnest(?::bigint[], ?::bigint[], ?::text[]) as asked(until, told_at, asked_user) where user_id = asked_user`,
)
const WAIT_AT_DOOR = plural<never>(
  'update code_guards set wrong_since_success = wrong_since_success + 1, door_not_before = ?, warned_at = ?, doors_shut_at = ? where user_id = ?',
  `update code_guards set wrong_since_success = wrong_since_success + 1, door_not_before = until, warned_at = told_at, doors_shut_at = shut_at
   from unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::text[]) as asked(until, told_at, shut_at, asked_user) where user_id = asked_user`,
)

export type Wrong = { user: UserId; notBefore: number; warnedAt: number | null; doorsShutAt: number | null }

/** Sets what wrong codes cost their people. */
export async function settleWrongCodes(ctx: Context, tx: Tx, all: readonly Wrong[], bare: boolean): Promise<void> {
  const atDoor = all.map(({ user, notBefore, warnedAt, doorsShutAt }) => [notBefore, warnedAt, doorsShutAt, user])
  const behindPassword = all.map(({ user, notBefore, warnedAt }) => [notBefore, warnedAt, user])
  if (bare) await runForEach(ctx.db.engine, tx, WAIT_AT_DOOR, atDoor)
  else await runForEach(ctx.db.engine, tx, WAIT, behindPassword)
}

const CLEAR = statement<never>(
  'update code_guards set failures = 0, door_failures = 0, doors_shut_at = null, wrong_since_success = 0 where user_id = ?',
)
const CLEAR_AT_DOOR = statement<never>('update code_guards set door_failures = 0 where user_id = ?')

/** After an accepted code nothing is in a row. Behind a password it opens the bare doors too; the budget of 30 days stays spent. */
export async function clearFailures(ctx: Context, tx: Tx, user: UserId, bare: boolean): Promise<void> {
  await run(ctx.db.engine, tx, bare ? CLEAR_AT_DOOR : CLEAR, user)
}

const GIVE_BACK = statement<never>('update code_guards set failures = failures - 1 where user_id = ?')
const GIVE_BACK_AT_DOOR = statement<never>('update code_guards set door_failures = door_failures - 1 where user_id = ?')
const GIVE_BACK_TOKENS = statement<never>(`update authenticators set attempts = attempts - 1 where user_id = ? and state = 'active'`)

/** A code that was used already costs nothing. */
export async function giveBack(ctx: Context, tx: Tx, user: UserId, bare: boolean): Promise<void> {
  await run(ctx.db.engine, tx, bare ? GIVE_BACK_AT_DOOR : GIVE_BACK, user)
  await run(ctx.db.engine, tx, GIVE_BACK_TOKENS, user)
}

const USE_STEP = statement<never>(`update key_sets set last_step = ? where id = ? and state = 'current' and last_step < ?`)

/** Uses a step up, once and for all. @throws Error if it, or a later one, was used: that cannot be under the person's lock */
export async function useStep(ctx: Context, tx: Tx, set: KeySetId, step: number): Promise<void> {
  const used = await change(ctx.db.engine, tx, USE_STEP, step, set, step)
  if (used !== 1) throw new Error(`the step ${step} of ${set} was used before`)
}

const TOUCH = statement<never>('update authenticators set attempts = 0, last_used_at = ? where id = ?')
const LEARN = statement<never>('update soft_tokens set drift = ?, lean = ? where token_id = ?')

export async function touchToken(ctx: Context, tx: Tx, token: TokenId, at: number): Promise<void> {
  await run(ctx.db.engine, tx, TOUCH, at, token)
}

export async function keepDrift(ctx: Context, tx: Tx, token: TokenId, drift: number, lean: -1 | 0 | 1): Promise<void> {
  await run(ctx.db.engine, tx, LEARN, drift, lean, token)
}

type Kept = { user_id: UserId; not_before: number; door_not_before: number; doors_shut_at: number | null; in_service: number }
const KEPT = `user_id, not_before, door_not_before, doors_shut_at, case when ${IN_SERVICE} then 1 else 0 end as in_service`
const WHY_NOT = plural<Kept>(
  `select ${KEPT} from code_guards where user_id = ?`,
  `select ${KEPT} from unnest(?::text[]) as asked(asked_user) join code_guards on user_id = asked_user`,
)

export type WhyNot = { until: number } | { reason: 'doors-shut' | 'unknown' }

/** Why nothing was charged to these people: a time to wait for, else the reason that the log keeps. */
export async function whyNotCharged(ctx: Context, tx: Tx, people: readonly UserId[], bare: boolean): Promise<(user: UserId) => WhyNot> {
  const asked = people.map((user) => [user])
  const rows = await runForEach(ctx.db.engine, tx, WHY_NOT, asked)
  const byPerson = new Map(rows.map((row) => [row.user_id, row]))
  return (user) => {
    const row = byPerson.get(user)
    if (row === undefined || row.in_service === 0) return { reason: 'unknown' }
    if (bare && row.doors_shut_at !== null) return { reason: 'doors-shut' }
    return { until: bare ? row.door_not_before : row.not_before }
  }
}
