import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'

/** A budget of failures: a name's, or that of one browser of the person. */
export type Budget = { kind: 'name' | 'device'; id: string; failures: number; notBefore: number }

/** The row that failures for a login name (canonical) are counted on, whether or not there is such a person. */
export function subjectOf(ctx: Context, loginName: string): string {
  return ctx.keys.hash('login-name', loginName)
}

/** Charges the device's budget, unless it has to wait; undefined if it is no device of the person with that name. Holds the row. */
export async function claimDevice(tx: Tx, device: string, loginName: string, at: number): Promise<Budget | undefined> {
  const row = await tx
    .updateTable('devices')
    .set((eb) => ({ failures: eb('failures', '+', eb.case().when('not_before', '<=', at).then(1).else(0).end()) }))
    .where('id', '=', device)
    .where('expires_at', '>', at)
    .where('user_id', 'in', (eb) =>
      eb.selectFrom('users').select('users.id').where('users.realm_id', '=', 'default').where('users.login_name', '=', loginName),
    )
    .returning(['failures', 'not_before'])
    .executeTakeFirst()
  return row && { kind: 'device', id: device, failures: row.failures, notBefore: row.not_before }
}

/** Charges the name's budget, unless it has to wait. Holds the row, which is made by the first try. */
export async function claimName(tx: Tx, subject: string, at: number): Promise<Budget> {
  const row = await tx
    .insertInto('password_guards')
    .values({ subject, failures: 1, not_before: 0, last_at: at })
    .onConflict((conflict) =>
      conflict.column('subject').doUpdateSet((eb) => ({
        failures: eb('password_guards.failures', '+', eb.case().when('password_guards.not_before', '<=', at).then(1).else(0).end()),
        last_at: at,
      })),
    )
    .returning(['failures', 'not_before'])
    .executeTakeFirstOrThrow()
  return { kind: 'name', id: subject, failures: row.failures, notBefore: row.not_before }
}

/** Sets what the budget's row says, which the claim holds or which only its owner clears. */
export async function setBudget(tx: Tx, { kind, id }: Pick<Budget, 'kind' | 'id'>, failures: number, not_before: number): Promise<void> {
  if (kind === 'device') await tx.updateTable('devices').set({ failures, not_before }).where('id', '=', id).execute()
  else await tx.updateTable('password_guards').set({ failures, not_before }).where('subject', '=', id).execute()
}

/** What was tried in browsers of the person does not count against the password that is new. */
export async function clearDevices(tx: Tx, user: UserId): Promise<void> {
  await tx.updateTable('devices').set({ failures: 0, not_before: 0 }).where('user_id', '=', user).execute()
}

/** Makes the next try on a budget that was just charged wait. */
export async function setWait(tx: Tx, budget: Budget, notBefore: number): Promise<void> {
  await setBudget(tx, budget, budget.failures, notBefore)
}

export async function clearGuard(ctx: Context, tx: Tx, loginName: string): Promise<void> {
  await setBudget(tx, { kind: 'name', id: subjectOf(ctx, loginName) }, 0, 0)
}

/** Whose password it is to be judged against; `hash` is undefined for nobody, and for whoever has none or may not sign in. */
export async function findHash(tx: Tx, loginName: string): Promise<{ user: UserId | undefined; hash: string | undefined }> {
  const row = await tx
    .selectFrom('users')
    .leftJoin('passwords', 'passwords.user_id', 'users.id')
    .select(['users.id', 'users.state', 'passwords.hash'])
    .where('users.realm_id', '=', 'default')
    .where('users.login_name', '=', loginName)
    .executeTakeFirst()
  return { user: row?.id, hash: row?.state === 'active' ? (row.hash ?? undefined) : undefined }
}

/** Whether the hash that was judged against still stands, and its person is active; stores the one at today's cost. Walks the same for nobody. */
export async function keepHash(tx: Tx, user: UserId | undefined, judged: string, next: string): Promise<boolean> {
  const row = await tx
    .updateTable('passwords')
    .set({ hash: next })
    .where('user_id', '=', user ?? 'usr_')
    .where('hash', '=', judged)
    .where('user_id', 'in', (eb) =>
      eb
        .selectFrom('users')
        .select('id')
        .where('state', '=', 'active')
        .where('id', '=', user ?? 'usr_'),
    )
    .returning('user_id')
    .executeTakeFirst()
  return row !== undefined
}

/** Stands in the log for a name that nobody has: a record about nobody is made, and takes as long, as one about a person. */
export const NOBODY: UserId = 'usr_AAAAAAAAAAAAAAAAAAAAAA'

/** Stores a new hash; says whose name it is under, and whether it is the person's first. */
export async function replaceHash(
  tx: Tx,
  user: UserId,
  { hash, at, reset }: { hash: string; at: number; reset: boolean },
): Promise<{ loginName: string; first: boolean } | 'no-such-user'> {
  const person = await tx.selectFrom('users').select('login_name').where('id', '=', user).where('state', '!=', 'removed').executeTakeFirst()
  if (person === undefined) return 'no-such-user'
  const inserted = await tx
    .insertInto('passwords')
    .values({ user_id: user, hash, changed_at: at, reset_at: reset ? at : null })
    .onConflict((conflict) => conflict.doNothing())
    .returning('user_id')
    .executeTakeFirst()
  if (inserted === undefined) {
    const reset_at = reset ? { reset_at: at } : {}
    await tx
      .updateTable('passwords')
      .set({ hash, changed_at: at, ...reset_at })
      .where('user_id', '=', user)
      .execute()
  }
  return { loginName: person.login_name, first: inserted !== undefined }
}
