import type { Drift } from '@latchkey/protocol/otp/drift'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { change, run, statement } from '../db/statement.ts'
import type { KeySetId, TokenId, UserId } from '../ids.ts'
import { clearFailures, type KeySetRow, keepDrift, touchToken } from './code-store.ts'
import { ORDINARY_FAILURES } from './rules.ts'

/** A key set of somebody with whom everything is in order: in service, hardly a wrong code in a row, no wait. */
export type ReadRow = KeySetRow &
  Partial<Places> & { user_id: UserId; door_failures: number; wrong_since_success: number; created_at: number }
/** Key sets, and the step up to which a restored database accepts nothing. */
export type Ready = { rows: readonly ReadRow[]; restoredStep: number | undefined }

/** Where the rows that were read lie (PostgreSQL's `ctid` of each version; SQLite's `rowid`): there they are found again without an index. */
type Places = { user_at: string; guard_at: string; authenticator_at: string; token_at: string; set_at: string; set_row: number }
const VERSIONS = 'u.ctid as user_at, g.ctid as guard_at, a.ctid as authenticator_at, t.ctid as token_at, s.ctid as set_at'

const IN_ORDER = `u.state = 'active' and a.state = 'active' and g.door_failures <= ${ORDINARY_FAILURES} and g.doors_shut_at is null`
const RESTORED_STEP = `select value from facts where name = 'restored-step'`

const readySets = (whose: string, more = ''): string =>
  `select u.id as user_id, g.door_failures, g.wrong_since_success, a.created_at, s.id as set_id, s.state as set_state, s.number, s.sealed_keys, s.last_step,
     t.token_id, t.digits, t.drift, t.lean ${more}
   from users u join code_guards g on g.user_id = u.id join authenticators a on a.user_id = u.id
     join soft_tokens t on t.token_id = a.id join key_sets s on s.token_id = a.id
   where u.realm_id = 'default' and u.login_name ${whose} and ${IN_ORDER} and g.door_not_before <= ? and s.state <> 'retired'`

const READY = statement<ReadRow>(readySets('= ?', ', s.rowid as set_row'))
const RESTORED = statement<{ value: string }>(RESTORED_STEP)

/**
 * The key sets of people with whom everything is in order at a bare door; none of anybody else. In the transaction that takes what is read (the
 * embedded database).
 */
export async function readReady(ctx: Context, tx: Tx, at: number): Promise<(name: string) => Promise<Ready>> {
  const { engine } = ctx.db
  const [restored] = await run(engine, tx, RESTORED)
  const restoredStep = restored === undefined ? undefined : Number(restored.value)
  return async (name) => ({ rows: inOrder(await run(engine, tx, READY, name, at)), restoredStep })
}

type NamedRow = ReadRow & { login_name: string; restored_step: string | null }
const READY_OF_ALL = statement<NamedRow>(readySets('= any(?)', `, u.login_name, (${RESTORED_STEP}) as restored_step, ${VERSIONS}`))

/** Those of many (PostgreSQL). They are read in no transaction: what is taken afterwards is guarded by what is read here. */
export async function readReadyOfAll(ctx: Context, names: readonly string[], at: number): Promise<(name: string) => Ready> {
  const rows = (await ctx.db.batch?.run(READY_OF_ALL, [...new Set(names)], at)) ?? []
  const byName = Map.groupBy(rows, ({ login_name }) => login_name)
  return (name) => {
    const found = byName.get(name) ?? []
    const restored = found[0]?.restored_step ?? undefined
    return { rows: inOrder(found), restoredStep: restored === undefined ? undefined : Number(restored) }
  }
}

/** Older tokens first, and of each its key sets by number. Sorting so few in the database costs more than finding them. */
function inOrder(rows: ReadRow[]): ReadRow[] {
  if (rows.length < 2) return rows
  return rows.toSorted((a, b) => a.created_at - b.created_at || (a.token_id < b.token_id ? -1 : 1) || a.number - b.number)
}

/** A step that is to be used up, by whose request; and what is learnt of the token's clock. */
export type Taking = {
  by: Caller
  user: UserId
  token: TokenId
  set: KeySetId
  step: number
  was: Drift
  learnt: Drift
  /** Wrong codes in a row, which it ends. */
  failures: number
  read: Partial<Places>
}

/** Whether it is the row that it should be, said in a way that no index answers: they would all be asked, where one page is enough. */
const same = (one: string, other: string): string => `(${one} = ${other}) is true`

/**
 * Uses up steps and records it, in one statement (PostgreSQL): those whose key set, token and person are still as they were read. A row that
 * somebody else holds is passed over, so that nobody waits and the snapshot is never old. Rows are looked for where they were read: where a
 * row has changed, or another one lies now, nothing is taken.
 */
const TAKE_ALL = statement<{ set_id: KeySetId }>(
  `with asked as materialized (
     select * from unnest(?::text[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::text[], ?::text[],
         ?::tid[], ?::tid[], ?::tid[], ?::tid[], ?::tid[])
       as t(user_id, token_id, set_id, step, drift, lean, new_drift, new_lean, failures, actor, request, user_at, guard_at, authenticator_at, token_at, set_at)),
   free as (
     select asked.*
     from asked join key_sets s on s.ctid = asked.set_at join authenticators a on a.ctid = asked.authenticator_at
       join soft_tokens t on t.ctid = asked.token_at join users u on u.ctid = asked.user_at join code_guards g on g.ctid = asked.guard_at
     where ${same('s.id', 'asked.set_id')} and ${same('s.token_id', 'asked.token_id')} and ${same('t.token_id', 'asked.token_id')}
       and ${same('a.id', 'asked.token_id')} and ${same('a.user_id', 'asked.user_id')} and ${same('u.id', 'asked.user_id')}
       and ${same('g.user_id', 'asked.user_id')} and s.state = 'current' and s.last_step < asked.step
       and t.drift = asked.drift and t.lean = asked.lean and g.door_failures = asked.failures and ${IN_ORDER} and g.door_not_before <= ?
     for no key update of g, a, s skip locked),
   taken as (
     update key_sets s set last_step = free.step from free
     where s.ctid = free.set_at and ${same('s.id', 'free.set_id')} and s.last_step < free.step
     returning free.*),
  learnt as (
     update soft_tokens t set drift = taken.new_drift, lean = taken.new_lean from taken
     where t.token_id = taken.token_id and (taken.new_drift <> taken.drift or taken.new_lean <> taken.lean)),
   cleared as (update code_guards g set door_failures = 0 from taken
     where taken.failures > 0 and g.ctid = taken.guard_at and ${same('g.user_id', 'taken.user_id')}),
   touched as (update authenticators a set attempts = 0, last_used_at = ? from taken
     where taken.failures > 0 and a.ctid = taken.authenticator_at and ${same('a.id', 'taken.token_id')}),
   recorded as (
     insert into audit_events (at, action, outcome, subject, actor, object, door, request)
     select ?, 'tokens.validate-code', 'accepted', user_id, actor, token_id, 'validate', request from taken)
   select set_id from taken`,
)

/** @returns the key sets whose steps were used up; those of the others are as they were, and nothing is recorded of them */
export async function takeAll(ctx: Context, takings: readonly Taking[], at: number): Promise<ReadonlySet<KeySetId>> {
  if (takings.length === 0) return new Set()
  const rows = await ctx.db.batch?.run(
    TAKE_ALL,
    takings.map(({ user }) => user),
    takings.map(({ token }) => token),
    takings.map(({ set }) => set),
    takings.map(({ step }) => step),
    takings.map(({ was }) => was.drift),
    takings.map(({ was }) => was.lean),
    takings.map(({ learnt }) => learnt.drift),
    takings.map(({ learnt }) => learnt.lean),
    takings.map(({ failures }) => failures),
    takings.map(({ by }) => by.actor ?? null),
    takings.map(({ by }) => (by.request === '' ? null : by.request)),
    takings.map(({ read }) => read.user_at ?? null),
    takings.map(({ read }) => read.guard_at ?? null),
    takings.map(({ read }) => read.authenticator_at ?? null),
    takings.map(({ read }) => read.token_at ?? null),
    takings.map(({ read }) => read.set_at ?? null),
    at,
    at,
    at,
  )
  return new Set(rows?.map(({ set_id }) => set_id))
}

/** The row is found where it was read. */
const USE_STEP = statement<never>(`update key_sets set last_step = ? where rowid = ? and id = ? and state = 'current' and last_step < ?`)

/** Uses a step up and records it, in the transaction that read it (the embedded database). @throws Error if it was used: that cannot be */
export async function take(ctx: Context, tx: Tx, taking: Taking, at: number): Promise<void> {
  const { by, user, token, set, step, was, learnt, failures, read } = taking
  const used = await change(ctx.db.engine, tx, USE_STEP, step, read.set_row ?? null, set, step)
  if (used !== 1) throw new Error(`the step ${step} of ${set} was used before`)
  if (was.drift !== learnt.drift || was.lean !== learnt.lean) await keepDrift(ctx, tx, token, learnt.drift, learnt.lean)
  if (failures > 0) {
    await touchToken(ctx, tx, token, at)
    await clearFailures(ctx, tx, user, true)
  }
  await record(ctx, tx, { at, action: 'tokens.validate-code', outcome: 'accepted', subject: user, object: token, by })
}
