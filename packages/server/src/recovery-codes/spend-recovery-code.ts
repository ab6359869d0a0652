import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import { dummyHash } from '../hashing/dummy-hash.ts'
import { Busy, inLane } from '../hashing/in-lane.ts'
import { verifySecret } from '../hashing/verify-secret.ts'
import type { UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { claimProof } from '../recovery-guards/claim-proof.ts'
import { type ProofCodeRefusal, readProofCode } from '../recovery-guards/proof-code.ts'
import { holdProofs, settleProof } from '../recovery-guards/settle-proof.ts'
import { numberOf } from './rules.ts'
import { findCode, type StoredCode, takeCode } from './store.ts'

export type RecoveryCodeSpent =
  | { outcome: 'accepted' }
  /** Nothing was counted: the code was not typed as it is printed. */
  | { outcome: 'mistyped'; refusal: ProofCodeRefusal }
  /** Used, ended and unknown ones as well. */
  | { outcome: 'wrong-code' }
  | { outcome: 'waiting'; until: number }
  | { outcome: 'busy' }

type Judged = { code: StoredCode | undefined; holds: boolean }

/** Accepts a recovery code once. Each try is one hash, charged with all other recovery proofs of the person before it is made. */
export async function spendRecoveryCode(ctx: Context, by: Caller, user: UserId, typed: string): Promise<RecoveryCodeSpent> {
  const read = readProofCode('recovery', typed)
  if (!read.ok) return { outcome: 'mistyped', refusal: read }
  try {
    const judged = await inLane('source', by.address, () => chargeAndJudge(ctx, by, user, read.code))
    return 'outcome' in judged ? judged : await settle(ctx, by, user, judged)
  } catch (error) {
    if (error instanceof Busy) return { outcome: 'busy' }
    throw error
  }
}

/** Inside the lane, so that a full one has charged nothing. */
async function chargeAndJudge(ctx: Context, by: Caller, user: UserId, typed: string): Promise<Judged | RecoveryCodeSpent> {
  const claimed = await ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const claim = await claimProof(tx, user, at)
    if (claim.outcome === 'waiting') {
      await record(ctx, tx, { at, action: ACTION, outcome: 'waiting', subject: user, by })
      return claim
    }
    const code = await findCode(tx, user, numberOf(typed))
    return { outcome: 'charged', code: claim.outcome === 'nobody' ? undefined : code } as const
  })
  if (claimed.outcome === 'waiting') return claimed
  const { holds } = await verifySecret(ctx, typed, claimed.code?.hash ?? dummyHash(ctx))
  return { code: claimed.code, holds }
}

const ACTION = 'recovery-codes.spend-recovery-code'

function settle(ctx: Context, by: Caller, user: UserId, { code, holds }: Judged): Promise<RecoveryCodeSpent> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const known = await holdProofs(tx, user)
    // A code that somebody else took meanwhile leaves the charge.
    const taken = holds && code !== undefined && (await takeCode(tx, user, code, at))
    if (taken) {
      await settleProof(tx, user)
      await tellOwner(ctx, tx, by, user, { action: 'recovery-code-used' })
    }
    const outcome = taken ? 'accepted' : 'wrong-code'
    await record(ctx, tx, { at, action: ACTION, outcome, subject: known ? user : undefined, object: code?.set, by })
    return { outcome }
  })
}
