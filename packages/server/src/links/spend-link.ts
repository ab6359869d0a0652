import type { Context } from '../context.ts'
import type { LinkPurpose } from '../db/columns.ts'
import type { Tx } from '../db/database.ts'
import type { Link } from './find-link.ts'
import { hashOfLink } from './make-link.ts'

/** Uses a link up: of any number who try at once, one gets it. */
export async function spendLink(ctx: Context, tx: Tx, purpose: LinkPurpose, secret: string): Promise<Link | undefined> {
  const at = ctx.now()
  const row = await tx
    .updateTable('links')
    .set({ used_at: at })
    .where('hash', '=', hashOfLink(ctx, secret))
    .where('purpose', '=', purpose)
    .where('used_at', 'is', null)
    .where('expires_at', '>', at)
    .returning(['id', 'user_id', 'subject_id', 'expires_at'])
    .executeTakeFirst()
  return row && { id: row.id, user: row.user_id ?? undefined, subject: row.subject_id ?? undefined, expiresAt: row.expires_at }
}
