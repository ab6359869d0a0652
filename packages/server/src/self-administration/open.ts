import type { Proof } from '../config.ts'
import type { Caller, Context } from '../context.ts'
import type { Session } from '../session.ts'
import { raiseSession } from '../sessions/raise-session.ts'
import { advance, stateOf } from './flow.ts'

/** A proof was right: the actions open, and the session has a new secret. Undefined if it was open, or is over: of two right proofs at once, one opens it. */
export function open(ctx: Context, by: Caller, session: Session, proof: Proof): Promise<string | undefined> {
  if (advance(stateOf(session), 'proof-right') !== 'open') return Promise.resolve(undefined)
  return ctx.db.transaction((tx) =>
    raiseSession(ctx, tx, by, session.id, {
      methods: proof === 'security-questions' ? ['kba'] : ['otp'],
      proof,
      once: true,
      secondFactorAt: ctx.now(),
    }),
  )
}
