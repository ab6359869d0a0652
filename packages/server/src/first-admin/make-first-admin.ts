import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import { makeLink } from '../links/make-link.ts'
import { spendLink } from '../links/spend-link.ts'
import { type Added, addUserIn } from '../users/add-user.ts'
import { countPeople } from './make-first-admin-link.ts'

/** `enrolmentLink` is the secret part: the page goes on to `/welcome/…`. */
export type MadeFirstAdmin =
  | { outcome: 'made'; user: UserId; enrolmentLink: string }
  /** Used, expired, unknown, or there is somebody already. */
  | { outcome: 'spent' }
  /** The link is as good as before. */
  | Exclude<Added, { outcome: 'added' }>

export type FirstAdmin = { name: string; email: string; displayName?: string | undefined }

const ENROLMENT_MS = 3 * 24 * 3_600_000

/** Makes the first administrator by the link that the server printed. However many try at once, with however many links, one is made. */
export async function makeFirstAdmin(ctx: Context, by: Caller, secret: string, wish: FirstAdmin): Promise<MadeFirstAdmin> {
  try {
    return await ctx.db.transaction((tx) => make(ctx, tx, by, secret, wish))
  } catch (error) {
    if (error instanceof NotMade) return error.refusal
    throw error
  }
}

/** Rolls back, so that whoever mistyped may correct it with the same link. */
class NotMade extends Error {
  readonly refusal: Exclude<MadeFirstAdmin, { outcome: 'made' }>
  constructor(refusal: Exclude<MadeFirstAdmin, { outcome: 'made' }>) {
    super(refusal.outcome)
    this.refusal = refusal
  }
}

async function make(ctx: Context, tx: Tx, by: Caller, secret: string, wish: FirstAdmin): Promise<MadeFirstAdmin> {
  const link = await spendLink(ctx, tx, 'first-admin', secret)
  if (link === undefined) return { outcome: 'spent' }
  const added = await addUserIn(ctx, tx, by, { ...wish, role: 'admin' })
  if (added.outcome !== 'added') throw new NotMade(added)
  // People are added one after another: whoever comes second, by another link or by the command line, is counted here.
  if ((await countPeople(tx)) !== 1) throw new NotMade({ outcome: 'spent' })
  const enrolmentLink = await makeLink(ctx, tx, { purpose: 'enrolment', user: added.user, goodForMs: ENROLMENT_MS })
  await record(ctx, tx, { at: ctx.now(), action: 'first-admin.make', outcome: 'made', subject: added.user, by })
  return { outcome: 'made', user: added.user, enrolmentLink }
}
