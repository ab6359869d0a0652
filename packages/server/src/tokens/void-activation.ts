import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import { pendingOf, voidPending } from './activation-store.ts'
import { lockPerson } from './store.ts'

export type ActivationVoided = { outcome: 'voided' | 'no-activation' }

/** Voids what a person is activating: a registration code that is shown or handed in for it is good for nothing then. */
export function voidActivation(ctx: Context, by: Caller, user: UserId): Promise<ActivationVoided> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await lockPerson(tx, user)
    if ((await pendingOf(tx, user)).length === 0) return { outcome: 'no-activation' }
    await voidPending(tx, user, at)
    await record(ctx, tx, { at, action: 'tokens.void-activation', outcome: 'voided', subject: user, by })
    return { outcome: 'voided' }
  })
}
