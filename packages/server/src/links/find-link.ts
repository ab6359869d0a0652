import type { Context } from '../context.ts'
import type { LinkPurpose } from '../db/columns.ts'
import type { LinkId, UserId } from '../ids.ts'
import { hashOfLink } from './make-link.ts'

/** A link that is still good. */
export type Link = { id: LinkId; user: UserId | undefined; subject: string | undefined; expiresAt: number }

/** Looks at a link without using it: a page may be drawn from it. Unknown, used and expired ones look alike: undefined. */
export async function findLink(ctx: Context, purpose: LinkPurpose, secret: string): Promise<Link | undefined> {
  const row = await ctx.db.read
    .selectFrom('links')
    .select(['id', 'user_id', 'subject_id', 'expires_at'])
    .where('hash', '=', hashOfLink(ctx, secret))
    .where('purpose', '=', purpose)
    .where('used_at', 'is', null)
    .where('expires_at', '>', ctx.now())
    .executeTakeFirst()
  return row && { id: row.id, user: row.user_id ?? undefined, subject: row.subject_id ?? undefined, expiresAt: row.expires_at }
}
