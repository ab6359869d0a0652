import { learnDrift } from '@latchkey/protocol/otp/drift'
import { stepAt } from '@latchkey/protocol/otp/totp'
import type { Caller, Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { together } from '../db/together.ts'
import type { TokenId } from '../ids.ts'
import { forgetTokens, openNothing, tokensOf } from './code-store.ts'
import { judgeCode } from './judge-code.ts'
import { type Ready, readReady, readReadyOfAll, type Taking, take, takeAll } from './ready-store.ts'

/** A code at a bare door, of whoever has this canonical login name; '' is nobody's. */
export type Ask = { by: Caller; name: string; code: string }
export type Accepted = { outcome: 'accepted'; token: TokenId; wrongSince: number }

/**
 * What PostgreSQL does for a batch costs as much as for ten more codes in it. The embedded database does one thing at a time: where many come, a
 * moment's wait makes few commits of many, and leaves the processor idle a third of the time and not a sixth.
 */
const AT_ONCE = {
  sqlite: { atOnce: 1, apart: { ms: 2, least: 16 } },
  postgres: { atOnce: 2, besides: { least: 16, patienceMs: 20 } },
} as const
const LARGEST_BATCH = 128
const BATCHES = new WeakMap<Database, (ask: Ask) => Promise<Accepted | undefined>>()

/**
 * The ordinary case: a right code of somebody with whom everything is in order. It is judged on what is read, and its step is used up if that
 * is still so (docs/decisions/0014). Everything else is undefined, leaves no trace, and is for `validateCode`, which claims before it judges:
 * whether a code was right shows in no refusal, nor in its time. Those that come at the same moment make up a batch, which holds each person once.
 */
export function acceptAtOnce(ctx: Context, ask: Ask): Promise<Accepted | undefined> {
  const accept = ctx.db.engine === 'sqlite' ? acceptEach : acceptTogether
  const batched =
    BATCHES.get(ctx.db) ??
    together((asks: readonly Ask[]) => accept(ctx, asks), {
      ...AT_ONCE[ctx.db.engine],
      largest: LARGEST_BATCH,
      keyOf: ({ name }) => (name === '' ? undefined : name),
    })
  BATCHES.set(ctx.db, batched)
  return batched(ask)
}

/** In the embedded database one after the other, in one transaction: nobody else writes between reading and taking. */
function acceptEach(ctx: Context, asks: readonly Ask[]): Promise<(Accepted | undefined)[]> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const readyOf = await readReady(ctx, tx, at)
    const accepted: (Accepted | undefined)[] = []
    for (const ask of asks) {
      const found = findIfAny(ctx, await readyOf(ask.name), ask, at)
      if (found !== undefined) await take(ctx, tx, found, at)
      accepted.push(found === undefined ? undefined : acceptedOf(found))
    }
    return accepted
  })
}

/** On PostgreSQL all are read by one statement and taken by another, each guarded by what was read. */
async function acceptTogether(ctx: Context, asks: readonly Ask[]): Promise<(Accepted | undefined)[]> {
  const at = ctx.now()
  const readyOf = await readReadyOfAll(
    ctx,
    asks.map(({ name }) => name),
    at,
  )
  const found = asks.map((ask) => findIfAny(ctx, readyOf(ask.name), ask, at))
  const taken = await takeAll(
    ctx,
    found.filter((one) => one !== undefined),
    at,
  )
  return found.map((one) => (one !== undefined && taken.has(one.set) ? acceptedOf(one) : undefined))
}

type Found = Taking & { wrongSince: number }

/** Nothing of somebody whose keys cannot be opened: `validateCode` fails for them, and nothing for the others of the batch. */
function findIfAny(ctx: Context, ready: Ready, ask: Ask, at: number): Found | undefined {
  try {
    return find(ctx, ready, ask, at)
  } catch {
    return undefined
  }
}

/** What the code uses up, if that is all that there is to settle. Where there is nothing to judge, as much work is done. */
function find(ctx: Context, { rows, restoredStep }: Ready, { by, code }: Ask, at: number): Found | undefined {
  const [first] = rows
  if (first === undefined) openNothing(ctx)
  const tokens = tokensOf(ctx, rows)
  const verdict = judgeCode(tokens, code, stepAt(at), restoredStep)
  forgetTokens(tokens)
  if (first === undefined || verdict.is !== 'accepted' || verdict.set.state !== 'current') return undefined
  const { token, set, step } = verdict
  const was = { drift: token.drift, lean: token.lean }
  const learnt = learnDrift(token, step - stepAt(at))
  const read = rows.find(({ set_id }) => set_id === set.id) ?? first
  const { user_id: user, door_failures: failures, wrong_since_success: wrongSince } = first
  return { by, user, token: token.id, set: set.id, step, was, learnt, failures, read, wrongSince }
}

function acceptedOf({ token, wrongSince }: Found): Accepted {
  return { outcome: 'accepted', token, wrongSince }
}
