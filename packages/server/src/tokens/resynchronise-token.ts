import { resynchronise, stepAt } from '@latchkey/protocol/otp/totp'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { TokenId, UserId } from '../ids.ts'
import { claimPeople, claimTokens, forgetTokens, keepDrift, readTokens, whyNotCharged } from './code-store.ts'
import { lastStepOf, type SetInPlay, type TokenInPlay } from './judge-code.ts'
import { readSecurityCode } from './rules.ts'
import { type Attempt, settleAccepted, settleWrong } from './settle-code.ts'

export type Resynchronised =
  | { outcome: 'resynchronised' }
  | { outcome: 'wrong-code' }
  | { outcome: 'waiting'; until: number }
  | { outcome: 'malformed' }
  | { outcome: 'no-such-token' }

/**
 * Finds a token's place in time by two codes that it shows one after the other (STP-1, 3). Costs what a security code costs: one attempt, and if it
 * fails one wrong code. The lean of its clock is forgotten.
 */
export async function resynchroniseToken(
  ctx: Context,
  by: Caller,
  user: UserId,
  token: TokenId,
  first: string,
  second: string,
): Promise<Resynchronised> {
  const codes = { first: readSecurityCode(first), second: readSecurityCode(second) }
  if (codes.first === undefined || codes.second === undefined) return { outcome: 'malformed' }
  const typed = { first: codes.first, second: codes.second }
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const answer = await attempt(ctx, tx, { by, user, at }, token, typed)
    await record(ctx, tx, { at, action: 'tokens.resynchronise', outcome: answer.outcome, subject: user, object: token, by })
    return answer
  })
}

type Pair = { first: string; second: string }

async function attempt(
  ctx: Context,
  tx: Tx,
  who: Pick<Attempt, 'by' | 'user' | 'at'>,
  token: TokenId,
  typed: Pair,
): Promise<Resynchronised> {
  const guard = (await claimPeople(ctx, tx, [who.user], false, who.at)).get(who.user)
  if (guard === undefined) {
    const why = (await whyNotCharged(ctx, tx, [who.user], false))(who.user)
    return 'until' in why ? { outcome: 'waiting', until: why.until } : { outcome: 'no-such-token' }
  }
  await claimTokens(ctx, tx, [who.user])
  const { tokens, restoredStep } = (await readTokens(ctx, tx, [who.user], who.at))(who.user)
  const meant = tokens.find(({ id }) => id === token)
  const found = meant === undefined ? undefined : findPair(meant, typed, stepAt(who.at), restoredStep)
  forgetTokens(tokens)
  const charged: Attempt = { ...who, guard, bare: false, hasToken: tokens.length > 0 }
  if (found === undefined) {
    // Another person's token costs an attempt like a wrong code, so that nothing is to be had for guessing.
    await settleWrong(ctx, tx, [charged], who.at)
    return meant === undefined ? { outcome: 'no-such-token' } : { outcome: 'wrong-code' }
  }
  await settleAccepted(ctx, tx, charged, token, found.set, found.step)
  await keepDrift(ctx, tx, token, found.drift, 0)
  return { outcome: 'resynchronised' }
}

type Found = { set: SetInPlay; step: number; drift: number }

/** Under the current key set, then under next ones, which it confirms (docs/spec/protocol.md, 8). All are tried. */
function findPair(
  { sets, digits }: TokenInPlay,
  { first, second }: Pair,
  nowStep: number,
  restoredStep: number | undefined,
): Found | undefined {
  const living = [...sets.filter(({ state }) => state === 'current'), ...sets.filter(({ state }) => state === 'next')]
  const found = living.map((set) => {
    const pair = resynchronise(set.otp, first, second, { nowStep, digits, lastAccepted: lastStepOf(set, restoredStep) })
    return pair === undefined ? undefined : { set, ...pair }
  })
  return found.find((pair) => pair !== undefined)
}
