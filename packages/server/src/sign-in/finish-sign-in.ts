import type { Proof } from '../config.ts'
import type { Caller, Context } from '../context.ts'
import type { SessionKind } from '../db/columns.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import type { Method } from '../session.ts'
import { tellOfEnd } from '../sessions/end-sessions.ts'
import { raiseSession } from '../sessions/raise-session.ts'
import { startSession } from '../sessions/start-session.ts'
import type { SignIn } from './store.ts'

/** What was proved in this sign-in, and when. */
export type Proved = {
  user: UserId
  passwordAt: number | undefined
  secondFactorAt: number | undefined
  methods: readonly Method[]
  device: string | undefined
  wrongCodes: number | undefined
  /** What the second factor was: `resetWait` asks. */
  proof: Proof | undefined
}

/**
 * The session at the end of a sign-in, in its transaction: the browser's own one raised if it is the same person's, else a new one;
 * somebody else's in this browser ends. Returns the cookie's secret.
 */
export async function finishSignIn(ctx: Context, tx: Tx, by: Caller, flow: SignIn, proved: Proved): Promise<string> {
  const raised = await raiseOwn(ctx, tx, by, flow, proved)
  return raised ?? begin(ctx, tx, by, 'sign-in', proved)
}

/** Enrolment is a session of its own that opens nothing else. */
export function beginEnrolment(ctx: Context, tx: Tx, by: Caller, proved: Proved): Promise<string> {
  return begin(ctx, tx, by, 'enrolment', proved)
}

async function begin(ctx: Context, tx: Tx, by: Caller, kind: SessionKind, proved: Proved): Promise<string> {
  const started = await startSession(ctx, tx, by, {
    user: proved.user,
    kind,
    amr: proved.methods,
    ...(proved.passwordAt === undefined ? {} : { passwordAt: proved.passwordAt }),
    ...(proved.secondFactorAt === undefined ? {} : { secondFactorAt: proved.secondFactorAt }),
    ...(proved.device === undefined ? {} : { device: proved.device }),
    ...(proved.proof === undefined ? {} : { proof: proved.proof }),
    wrongCodes: proved.wrongCodes ?? 0,
  })
  return started.secret
}

async function raiseOwn(ctx: Context, tx: Tx, by: Caller, flow: SignIn, proved: Proved): Promise<string | undefined> {
  if (flow.session_id === null) return undefined
  const known = await tx
    .selectFrom('sessions')
    .select('user_id')
    .where('id', '=', flow.session_id)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  if (known === undefined) return undefined
  if (known.user_id !== proved.user) {
    await tx.updateTable('sessions').set({ ended_at: ctx.now() }).where('id', '=', flow.session_id).execute()
    await tellOfEnd(ctx, tx, by, known.user_id, [flow.session_id])
    return undefined
  }
  return raiseSession(ctx, tx, by, flow.session_id, {
    methods: proved.methods,
    ...(proved.passwordAt === undefined ? {} : { passwordAt: proved.passwordAt }),
    ...(proved.secondFactorAt === undefined ? {} : { secondFactorAt: proved.secondFactorAt }),
    ...(proved.wrongCodes === undefined ? {} : { wrongCodes: proved.wrongCodes }),
    ...(proved.proof === undefined ? {} : { proof: proved.proof }),
  })
}
