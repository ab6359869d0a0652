import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { SessionId } from '../ids.ts'
import type { Method } from '../session.ts'
import { drawSecret, hashOfSession } from './start-session.ts'

export type Raise = {
  passwordAt?: number
  secondFactorAt?: number
  methods: readonly Method[]
  wrongCodes?: number
  proof?: string
  once?: boolean
}

/**
 * One more proof in a session: it is written down, and the session gets a new secret, so that one planted before is worth nothing.
 * Undefined if it ended meanwhile; with `once`, also if it has a proof already.
 */
export async function raiseSession(ctx: Context, tx: Tx, by: Caller, id: SessionId, raise: Raise): Promise<string | undefined> {
  const at = ctx.now()
  const known = await claim(tx, id, at, raise.once === true)
  if (known === undefined) return undefined
  const secret = drawSecret(ctx)
  const amr = [...new Set([...known.amr.split(' '), ...raise.methods])].filter((method) => method !== '').join(' ')
  await tx
    .updateTable('sessions')
    .set({
      hash: hashOfSession(ctx, secret),
      amr,
      ...(raise.passwordAt === undefined ? {} : { password_at: raise.passwordAt }),
      ...(raise.secondFactorAt === undefined ? {} : { second_factor_at: raise.secondFactorAt }),
      ...(raise.proof === undefined ? {} : { proof: raise.proof }),
      ...(raise.wrongCodes === undefined ? {} : { wrong_codes: raise.wrongCodes }),
    })
    .where('id', '=', id)
    .execute()
  await record(ctx, tx, { at, action: 'sessions.raise', outcome: raise.methods.join(' '), subject: known.user_id, object: id, by })
  return secret
}

/** Holds the row before anything of it is read: of two that raise it at once, the second adds to what the first wrote. */
function claim(tx: Tx, id: SessionId, at: number, once: boolean) {
  const claiming = tx
    .updateTable('sessions')
    .set({ last_seen_at: at })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', at)
  return (once ? claiming.where('proof', 'is', null) : claiming).returning(['amr', 'user_id']).executeTakeFirst()
}
