import type { Context } from '../context.ts'
import type { LinkPurpose } from '../db/columns.ts'
import type { Tx } from '../db/database.ts'
import { drawId, type UserId } from '../ids.ts'

const SECRET_BYTES = 32

/** What a link is for, whose it is, what it is about, and for how many milliseconds it is good. */
export type LinkWish = { purpose: LinkPurpose; user: UserId | undefined; subject?: string; goodForMs: number }

/**
 * Makes the secret part of a link that is good once: 256 random bits, base64url. Only a hash of it is kept.
 * Whatever was made before for the same purpose, person and subject is void, except notices, each of which is about a thing of its own.
 */
export async function makeLink(ctx: Context, tx: Tx, wish: LinkWish): Promise<string> {
  const secret = Buffer.from(ctx.random(SECRET_BYTES)).toString('base64url')
  const at = ctx.now()
  if (wish.purpose !== 'notice') await voidLinks(tx, wish.purpose, wish.user, at, wish.subject)
  await tx
    .insertInto('links')
    .values({
      id: drawId('lnk', ctx.random),
      purpose: wish.purpose,
      user_id: wish.user ?? null,
      hash: hashOfLink(ctx, secret),
      subject_id: wish.subject ?? null,
      created_at: at,
      expires_at: at + wish.goodForMs,
      used_at: null,
    })
    .execute()
  return secret
}

/** The form in which a link's secret is kept. */
export function hashOfLink(ctx: Context, secret: string): string {
  return ctx.keys.hash('link', secret)
}

/** Links of this purpose and person, about this subject if one is given, are good no longer. */
export async function voidLinks(tx: Tx, purpose: LinkPurpose, user: UserId | undefined, at: number, subject?: string): Promise<void> {
  await tx
    .updateTable('links')
    .set({ used_at: at })
    .where('purpose', '=', purpose)
    .where('user_id', user === undefined ? 'is' : '=', user ?? null)
    .where('used_at', 'is', null)
    .$if(subject !== undefined, (links) => links.where('subject_id', '=', subject ?? ''))
    .execute()
}
