import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { erase } from './erase.ts'
import { hasOtherAdministrator, holdRealm, personOf, selectPeople } from './store.ts'
import { tombstoneOf } from './tombstone.ts'

export type Removed = { outcome: 'removed' | 'no-such-user' | 'last-administrator' }

/** Removes a person for good: sessions end, what is known of them is erased, and a row stays so that identifier and login name are never used again. */
export function removeUser(ctx: Context, by: Caller, user: UserId): Promise<Removed> {
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    await holdRealm(tx)
    const row = await selectPeople(tx).where('id', '=', user).where('state', '!=', 'removed').executeTakeFirst()
    if (row === undefined) return { outcome: 'no-such-user' }
    if (row.role === 'admin' && !(await hasOtherAdministrator(tx, user))) return { outcome: 'last-administrator' }
    await bury(ctx, tx, user, personOf(row).loginName, at)
    await endSessionsOf(ctx, tx, by, user, {})
    // Recorded while their key is there, erased with it.
    await record(ctx, tx, { at, action: 'users.remove-user', outcome: 'removed', subject: user, by })
    await erase(tx, user, at)
    await tx.deleteFrom('password_guards').where('subject', '=', ctx.keys.hash('login-name', row.login_name)).execute()
    return { outcome: 'removed' }
  })
}

async function bury(ctx: Context, tx: Tx, user: UserId, loginName: string, at: number): Promise<void> {
  await tx
    .updateTable('users')
    .set({
      state: 'removed',
      login_name: tombstoneOf(ctx, loginName),
      display_name: '',
      role: 'user',
      locale: 'en',
      time_zone: 'UTC',
      ended_at: at,
    })
    .where('id', '=', user)
    .execute()
}
