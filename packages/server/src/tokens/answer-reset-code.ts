import { forget, forgetKeySet, nextKeySet } from '@latchkey/protocol/activation/keys'
import { type Code, type CodeRefusal, parseCode, printCode } from '@latchkey/protocol/codes/code'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { equalText } from '@latchkey/protocol/equal-bytes'
import { resetCodeHolds } from '@latchkey/protocol/unlock/reset-code'
import { unlockCode } from '@latchkey/protocol/unlock/unlock-code'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { drawId, type SessionId, type TokenId, type UserId } from '../ids.ts'
import { lastTold, tellOwner } from '../notices/tell-owner.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { confirmKeySet } from './confirm-key-set.ts'
import { NEVER, openKeySet, sealKeySet } from './key-sets.ts'
import { chargeReset, holdToken, noteHeld, readSets, type StoredSet } from './reset-store.ts'
import { TELL_AGAIN_MS } from './rules.ts'
import { lockPerson } from './store.ts'

export type ResetAnswered =
  /** Printed: `15VE-XRBM-42Y6`. */
  | { outcome: 'unlock-code'; code: string }
  /** Nothing was charged. */
  | { outcome: 'mistyped'; refusal: CodeRefusal }
  | { outcome: 'wrong-code' }
  /** Five different ones in 24 hours. */
  | { outcome: 'too-many' }
  /** It was answered, and the token has gone on since. */
  | { outcome: 'spent' }
  | { outcome: 'no-such-token' }

/**
 * Answers a PIN reset code with the unlock code (STP-1, 5; docs/spec/protocol.md, 5.4), and keeps the key set to which that leads beside the current one.
 * This is account recovery: the caller has asked for the proofs, and every session ends but those in `keep`.
 */
export function answerResetCode(
  ctx: Context,
  by: Caller,
  user: UserId,
  token: TokenId,
  typed: string,
  { keep = [] }: { keep?: readonly SessionId[] } = {},
): Promise<ResetAnswered> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const { answer, recorded } = await answerIn(ctx, tx, by, user, token, typed, at)
    if (answer.outcome === 'unlock-code') await endSessionsOf(ctx, tx, by, user, { except: keep })
    await record(ctx, tx, { at, action: 'tokens.answer-reset-code', outcome: recorded, subject: user, object: token, by })
    return answer
  })
}

type Answer = { answer: ResetAnswered; recorded: string }
const refuse = (outcome: 'wrong-code' | 'too-many' | 'spent' | 'no-such-token'): Answer => ({ answer: { outcome }, recorded: outcome })

async function answerIn(ctx: Context, tx: Tx, by: Caller, user: UserId, token: TokenId, typed: string, at: number): Promise<Answer> {
  await lockPerson(tx, user)
  const held = await holdToken(tx, user, token)
  if (held === undefined) return refuse('no-such-token')
  const parsed = parseCode('reset', held.serial, typed)
  if (!parsed.ok) return { answer: { outcome: 'mistyped', refusal: parsed }, recorded: 'mistyped' }
  const sets = await readSets(tx, token)
  const known = answered(ctx, sets, token, parsed.code)
  if (known !== undefined) {
    if (known.state !== 'next') return refuse('spent')
    const told = await lastTold(tx, user, { action: 'token-unlocked', added: token })
    if (told === undefined || told <= at - TELL_AGAIN_MS) await tellOwner(ctx, tx, by, user, { action: 'token-unlocked', added: token })
    return answerAgain(ctx, sets, held.serial, parsed.code)
  }
  const attempt = await chargeReset(tx, token, at)
  if (attempt === undefined) return refuse('too-many')
  const prover = findProver(ctx, sets, held.serial, parsed.code)
  if (prover === undefined) return refuse('wrong-code')
  await noteHeld(tx, attempt)
  if (prover.state === 'next') await confirmKeySet(ctx, tx, token, prover, at)
  const answer = await keepNext(ctx, tx, token, held.serial, sets, prover, parsed.code, at)
  await tellOwner(ctx, tx, by, user, { action: 'token-unlocked', added: token })
  return answer
}

/** The key set to which an answered PIN reset code led: equality comes before any proof. All are looked at. */
function answered(ctx: Context, sets: readonly StoredSet[], token: TokenId, code: Code<'reset'>): StoredSet | undefined {
  const hash = hashOf(ctx, token, code)
  const equal = sets.filter(({ reset_code }) => equalText(reset_code ?? '', hash))
  // A code that the current set has answered is good still, even if it was an older set's too.
  return equal.find(({ state }) => state === 'next') ?? equal[0]
}

function hashOf(ctx: Context, token: TokenId, code: Code<'reset'>): string {
  return ctx.keys.hash('reset-code', `${token}/${code}`)
}

/** The same code gets the same answer, as long as the key set that it is of is current. */
function answerAgain(ctx: Context, sets: readonly StoredSet[], serial: SerialNumber, code: Code<'reset'>): Answer {
  const current = sets.find(({ state }) => state === 'current')
  if (current === undefined) throw new Error('an active token has a current key set')
  const keys = openKeySet(ctx, current.id, current.sealed_keys)
  const answer = printCode(unlockCode(keys.unlock, serial, code))
  forgetKeySet(keys)
  return { answer: { outcome: 'unlock-code', code: answer }, recorded: 'unlock-code-again' }
}

/** Next key sets come before the current one (docs/decisions/0003): tried later, a ten-bit proof would name the wrong one once in 1,024. */
function findProver(ctx: Context, sets: readonly StoredSet[], serial: SerialNumber, code: Code<'reset'>): StoredSet | undefined {
  const living = [...sets.filter(({ state }) => state === 'next'), ...sets.filter(({ state }) => state === 'current')]
  return living.find((set) => {
    const keys = openKeySet(ctx, set.id, set.sealed_keys)
    const holds = resetCodeHolds(keys.unlock, serial, code)
    forgetKeySet(keys)
    return holds
  })
}

async function keepNext(
  ctx: Context,
  tx: Tx,
  token: TokenId,
  serial: SerialNumber,
  sets: readonly StoredSet[],
  prover: StoredSet,
  code: Code<'reset'>,
  at: number,
): Promise<Answer> {
  const { unlock, otp, sign } = openKeySet(ctx, prover.id, prover.sealed_keys)
  const next = nextKeySet(unlock, code)
  const answer = printCode(unlockCode(unlock, serial, code))
  const id = drawId('kst', ctx.random)
  await tx
    .insertInto('key_sets')
    .values({
      id,
      token_id: token,
      number: Math.max(...sets.map(({ number }) => number)) + 1,
      state: 'next',
      sealed_keys: sealKeySet(ctx, id, next),
      last_step: NEVER,
      reset_code: hashOf(ctx, token, code),
      created_at: at,
    })
    .execute()
  forget(unlock, otp, sign)
  forgetKeySet(next)
  return { answer: { outcome: 'unlock-code', code: answer }, recorded: 'unlock-code' }
}
