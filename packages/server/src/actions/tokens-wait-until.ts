import { PROOFS } from '../config.ts'
import type { Context } from '../context.ts'
import { resetWait } from '../recovery-guards/reset-wait.ts'
import type { Session } from '../session.ts'

/** Until when (milliseconds since 1970) this session opens no token, because what was proved in it has also set the password anew; undefined if it does. */
export async function tokensWaitUntil(ctx: Context, { user, proof }: Session): Promise<number | undefined> {
  const known = PROOFS.find((one) => one === proof)
  return known === undefined ? undefined : resetWait(ctx, user, known)
}
