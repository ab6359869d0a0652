import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { hasOtherAdministrator, holdCodes, holdRealm } from './store.ts'

export type Suspended = { outcome: 'suspended' | 'no-such-user' | 'last-administrator' }

/** Keeps a person out until they are resumed, and ends their sessions. Only somebody active is suspended. Once it is said, no code of theirs is accepted. */
export function suspendUser(ctx: Context, by: Caller, user: UserId): Promise<Suspended> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await holdRealm(tx)
    await holdCodes(tx, user)
    const othersAdminister = await hasOtherAdministrator(tx, user)
    let suspending = tx.updateTable('users').set({ state: 'suspended' }).where('id', '=', user).where('state', '=', 'active')
    if (!othersAdminister) suspending = suspending.where('role', '!=', 'admin')
    const row = await suspending.returning('id').executeTakeFirst()
    if (row !== undefined) await endSessionsOf(ctx, tx, by, user, {})
    const outcome = row === undefined ? await whyNot() : 'suspended'
    await record(ctx, tx, { at, action: 'users.suspend-user', outcome, subject: outcome === 'no-such-user' ? undefined : user, by })
    return { outcome }

    async function whyNot() {
      const active = await tx.selectFrom('users').select('id').where('id', '=', user).where('state', '=', 'active').executeTakeFirst()
      return active === undefined ? 'no-such-user' : 'last-administrator'
    }
  })
}
