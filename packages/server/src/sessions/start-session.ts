import { sealOrigin } from '../audit/origin.ts'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { SessionKind } from '../db/columns.ts'
import type { Tx } from '../db/database.ts'
import { drawId, type SessionId, type UserId } from '../ids.ts'
import type { Method } from '../session.ts'
import { lifetimeOf } from './rules.ts'

const SECRET_BYTES = 32

export type SessionWish = {
  user: UserId
  kind: SessionKind
  amr: readonly Method[]
  passwordAt?: number
  secondFactorAt?: number
  device?: string
  proof?: string
  wrongCodes?: number
}
/** The session's name, and the secret that the browser's cookie holds: 256 bits, base64url. */
export type StartedSession = { id: SessionId; secret: string }

/** Starts a session. Only a hash of its secret is kept. */
export async function startSession(ctx: Context, tx: Tx, by: Caller, wish: SessionWish): Promise<StartedSession> {
  const id = drawId('ses', ctx.random)
  const secret = drawSecret(ctx)
  const at = ctx.now()
  await tx
    .insertInto('sessions')
    .values({
      id,
      hash: hashOfSession(ctx, secret),
      user_id: wish.user,
      kind: wish.kind,
      created_at: at,
      last_seen_at: at,
      expires_at: at + lifetimeOf(wish.kind, ctx.config.session).wholeMs,
      ended_at: null,
      password_at: wish.passwordAt ?? null,
      second_factor_at: wish.secondFactorAt ?? null,
      amr: wish.amr.join(' '),
      device_id: wish.device ?? null,
      proof: wish.proof ?? null,
      wrong_codes: wish.wrongCodes ?? 0,
      sealed_origin: await sealOrigin(ctx, tx, wish.user, by),
    })
    .execute()
  await record(ctx, tx, { at, action: 'sessions.start', outcome: wish.kind, subject: wish.user, object: id, by })
  return { id, secret }
}

export function drawSecret(ctx: Context): string {
  return Buffer.from(ctx.random(SECRET_BYTES)).toString('base64url')
}

/** The form in which a session's secret is kept. */
export function hashOfSession(ctx: Context, secret: string): string {
  return ctx.keys.hash('session', secret)
}
