import type { Selectable } from 'kysely'
import type { Context } from '../context.ts'
import type { SignInState } from '../db/columns.ts'
import type { Tx } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'
import { isId } from '../ids.ts'

export type SignIn = Selectable<Schema['sign_in_flows']>

/** The sign-in of this browser; undefined if it is none's, another's, or over. */
export async function findFlow(ctx: Context, id: string, browser: string): Promise<SignIn | undefined> {
  if (!isId('flw', id)) return undefined
  return ctx.db.read
    .selectFrom('sign_in_flows')
    .selectAll()
    .where('id', '=', id)
    .where('browser', '=', browser)
    .where('expires_at', '>', ctx.now())
    .executeTakeFirst()
}

/** Moves a sign-in on, if it is still where it was: of two that try, one does. */
export async function moveOn(
  tx: Tx,
  flow: SignIn,
  to: SignInState,
  found: Partial<Pick<SignIn, 'user_id' | 'password_at' | 'device_id' | 'session_id'>>,
): Promise<boolean> {
  const moved = await tx
    .updateTable('sign_in_flows')
    .set({ state: to, ...found })
    .where('id', '=', flow.id)
    .where('state', '=', flow.state)
    .returning('id')
    .executeTakeFirst()
  return moved !== undefined
}
