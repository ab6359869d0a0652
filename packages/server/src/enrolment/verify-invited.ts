import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import { verifyAddressIn } from '../users/verify-address.ts'

/**
 * The address that an administrator gave for a person is taken for theirs once the invitation to it is used. At the end of the enrolment it is
 * looked at again: a process that died right after the password was set has not left anybody without mail.
 */
export async function verifyInvited(ctx: Context, tx: Tx, by: Caller, user: UserId): Promise<void> {
  const rows = await tx
    .selectFrom('addresses')
    .select('id')
    .where('user_id', '=', user)
    .where('verified_at', 'is', null)
    .where('ended_at', 'is', null)
    .execute()
  for (const { id } of rows) await verifyAddressIn(ctx, tx, by, user, id)
}
