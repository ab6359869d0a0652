import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { SessionId } from '../ids.ts'
import type { Method } from '../session.ts'
import { drawSecret, hashOfSession } from './start-session.ts'

export type Raise = { passwordAt?: number; secondFactorAt?: number; methods: readonly Method[]; wrongCodes?: number; proof?: string }

/** One more proof in a session: it is written down, and the session gets a new secret, so that one planted before is worth nothing. Undefined if it ended meanwhile. */
export async function raiseSession(ctx: Context, tx: Tx, by: Caller, id: SessionId, raise: Raise): Promise<string | undefined> {
  const known = await tx.selectFrom('sessions').select(['amr', 'user_id']).where('id', '=', id).executeTakeFirst()
  if (known === undefined) return undefined
  const secret = drawSecret(ctx)
  const at = ctx.now()
  const amr = [...new Set([...known.amr.split(' '), ...raise.methods])].filter((method) => method !== '').join(' ')
  const raised = await tx
    .updateTable('sessions')
    .set({
      hash: hashOfSession(ctx, secret),
      amr,
      last_seen_at: at,
      ...(raise.passwordAt === undefined ? {} : { password_at: raise.passwordAt }),
      ...(raise.secondFactorAt === undefined ? {} : { second_factor_at: raise.secondFactorAt }),
      ...(raise.proof === undefined ? {} : { proof: raise.proof }),
      ...(raise.wrongCodes === undefined ? {} : { wrong_codes: raise.wrongCodes }),
    })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', at)
    .returning('id')
    .executeTakeFirst()
  if (raised === undefined) return undefined
  await record(ctx, tx, { at, action: 'sessions.raise', outcome: raise.methods.join(' '), subject: known.user_id, object: id, by })
  return secret
}
