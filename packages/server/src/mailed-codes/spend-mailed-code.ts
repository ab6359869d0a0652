import { equalText } from '@latchkey/protocol/equal-bytes'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { SessionId, UserId } from '../ids.ts'
import { claimProof } from '../recovery-guards/claim-proof.ts'
import { type ProofCodeRefusal, readProofCode } from '../recovery-guards/proof-code.ts'
import { returnProof, settleProof } from '../recovery-guards/settle-proof.ts'
import { claimTry, hashOfMailedCode, useCode } from './store.ts'

export type MailedCodeSpent =
  | { outcome: 'accepted' }
  /** Nothing was counted: the code was not typed as it was mailed. */
  | { outcome: 'mistyped'; refusal: ProofCodeRefusal }
  | { outcome: 'wrong-code'; triesLeft: number }
  /** There is no code, its time is over, it was used, or it was tried too often: nothing was judged or counted. */
  | { outcome: 'expired' }
  | { outcome: 'waiting'; until: number }

/** Accepts a mailed code once, in the session that asked for it. The try is charged with all other recovery proofs of the person. */
export async function spendMailedCode(ctx: Context, by: Caller, user: UserId, session: SessionId, typed: string): Promise<MailedCodeSpent> {
  const read = readProofCode('mailed', typed)
  if (!read.ok) return { outcome: 'mistyped', refusal: read }
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const claimed = await claimProof(tx, user, at)
    const spent = claimed.outcome === 'charged' ? await spend(ctx, tx, user, session, read.code, at) : refusalOf(claimed)
    const subject = claimed.outcome === 'nobody' ? undefined : user
    await record(ctx, tx, { at, action: 'mailed-codes.spend-mailed-code', outcome: spent.outcome, subject, object: session, by })
    return spent
  })
}

function refusalOf(claimed: { outcome: 'nobody' } | { outcome: 'waiting'; until: number }): MailedCodeSpent {
  return claimed.outcome === 'nobody' ? { outcome: 'expired' } : claimed
}

async function spend(ctx: Context, tx: Tx, user: UserId, session: SessionId, code: string, at: number): Promise<MailedCodeSpent> {
  const open = await claimTry(tx, user, session, at)
  if (open === undefined) {
    await returnProof(tx, user, at)
    return { outcome: 'expired' }
  }
  if (!equalText(hashOfMailedCode(ctx, open.id, code), open.hash)) return { outcome: 'wrong-code', triesLeft: open.triesLeft }
  await useCode(tx, open.id, at)
  await settleProof(tx, user)
  return { outcome: 'accepted' }
}
