import { learnDrift } from '@latchkey/protocol/otp/drift'
import { stepAt } from '@latchkey/protocol/otp/totp'
import type { Caller, Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { together } from '../db/together.ts'
import type { TokenId } from '../ids.ts'
import { forgetTokens, openNothing, tokensOf } from './code-store.ts'
import { elsewhere } from './elsewhere.ts'
import { judgeCode } from './judge-code.ts'
import { type ReadRow, readReady, type Taking, takeAll } from './ready-store.ts'

/** A code at a bare door, of whoever has this canonical login name; '' is nobody's. */
export type Ask = { by: Caller; name: string; code: string }
/** A code, and what was read of whoever has the name. */
export type Read = { ask: Ask; rows: readonly ReadRow[] }
export type Accepted = { outcome: 'accepted'; token: TokenId; wrongSince: number }

/** What PostgreSQL does for a batch costs as much as for ten more codes in it. */
const AT_ONCE = { sqlite: { atOnce: 4 }, postgres: { atOnce: 2, besides: { least: 32, patienceMs: 20 } } } as const
const LARGEST_BATCH = 128
const BATCHES = new WeakMap<Database, (ask: Ask) => Promise<Accepted | undefined>>()

/**
 * The ordinary case: a right code of somebody with whom everything is in order. It is judged on what is read, and one guarded statement uses up
 * its step (docs/decisions/0014). Everything else is undefined, leaves no trace, and is for `validateCode`, which claims before it judges:
 * whether a code was right shows in no refusal, nor in its time. Those that come at the same moment make up a batch, which holds each person once.
 */
export function acceptAtOnce(ctx: Context, ask: Ask): Promise<Accepted | undefined> {
  const batched =
    BATCHES.get(ctx.db) ??
    together((asks: readonly Ask[]) => acceptBatch(ctx, asks), {
      ...AT_ONCE[ctx.db.engine],
      largest: LARGEST_BATCH,
      keyOf: ({ name }) => (name === '' ? undefined : name),
    })
  BATCHES.set(ctx.db, batched)
  return batched(ask)
}

async function acceptBatch(ctx: Context, asks: readonly Ask[]): Promise<readonly (Accepted | undefined)[]> {
  const at = ctx.now()
  const ready = await readReady(
    ctx,
    asks.map(({ name }) => name),
    at,
  )
  const reads = asks.map((ask) => ({ ask, rows: ready.get(ask.name) ?? [] }))
  return elsewhere(ctx.db)?.accept(reads, at) ?? acceptRead(ctx, reads, at)
}

/** Judges codes on what was read for them, and uses up the steps of those that are right; undefined for all else. */
export async function acceptRead(ctx: Context, reads: readonly Read[], at: number): Promise<(Accepted | undefined)[]> {
  const found = reads.map(({ ask, rows }) => find(ctx, rows, ask, at))
  const taken = await takeAll(
    ctx,
    found.filter((one) => one !== undefined),
    at,
  )
  return found.map((one) => (one !== undefined && taken.has(one.set) ? acceptedOf(one) : undefined))
}

type Found = Taking & { wrongSince: number }

/** What the code uses up, if that is all that there is to settle. Where there is nothing to judge, as much work is done. */
function find(ctx: Context, rows: readonly ReadRow[], { by, code }: Ask, at: number): Found | undefined {
  const [first] = rows
  if (first === undefined) openNothing(ctx)
  const tokens = tokensOf(ctx, rows)
  const restored = first?.restored_step ?? undefined
  const verdict = judgeCode(tokens, code, stepAt(at), restored === undefined ? undefined : Number(restored))
  forgetTokens(tokens)
  if (first === undefined || verdict.is !== 'accepted' || verdict.set.state !== 'current') return undefined
  const { token, set, step } = verdict
  const was = { drift: token.drift, lean: token.lean }
  const learnt = learnDrift(token, step - stepAt(at))
  const read = rows.find(({ set_id }) => set_id === set.id) ?? first
  return { by, user: first.user_id, token: token.id, set: set.id, step, was, learnt, read, wrongSince: first.wrong_since_success }
}

function acceptedOf({ token, wrongSince }: Found): Accepted {
  return { outcome: 'accepted', token, wrongSince }
}
