import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { SessionId, UserId } from '../ids.ts'

/** What may be shown: new recovery codes until the person says that they are saved, an unlock code until its page is left. */
export type Shown = 'recovery-codes' | 'unlock-code'

const GOOD_FOR_MS = 60 * 60_000

/** Keeps a text, sealed, for the page that a form leads to, so that a reload shows it again. It goes when it is forgotten, or after an hour. */
export async function showOnce(ctx: Context, session: SessionId, what: Shown, text: string): Promise<void> {
  await ctx.db.transaction((tx) => showOnceIn(ctx, tx, session, what, text))
}

/** The same in a transaction that is open: for what could not be made again. */
export async function showOnceIn(ctx: Context, tx: Tx, session: SessionId, what: Shown, text: string): Promise<void> {
  const sealed_text = ctx.keys.seal(placeOf(session, what), Buffer.from(text))
  const expires_at = ctx.now() + GOOD_FOR_MS
  await tx
    .insertInto('shown_once')
    .values({ session_id: session, what, sealed_text, expires_at })
    .onConflict((conflict) => conflict.columns(['session_id', 'what']).doUpdateSet({ sealed_text, expires_at }))
    .execute()
}

/** The text that this session is being shown; undefined if there is none. */
export async function shownOnce(ctx: Context, session: SessionId, what: Shown): Promise<string | undefined> {
  const row = await ctx.db.read
    .selectFrom('shown_once')
    .select('sealed_text')
    .where('session_id', '=', session)
    .where('what', '=', what)
    .where('expires_at', '>', ctx.now())
    .executeTakeFirst()
  return row && Buffer.from(ctx.keys.open(placeOf(session, what), row.sealed_text)).toString('utf8')
}

/** From now on it is shown no more. */
export async function forgetShown(ctx: Context, session: SessionId, what: Shown): Promise<void> {
  await ctx.db.transaction((tx) => tx.deleteFrom('shown_once').where('session_id', '=', session).where('what', '=', what).execute())
}

/** What was not forgotten by hand goes when its time is over. */
export async function sweepShown(ctx: Context): Promise<void> {
  await ctx.db.transaction((tx) => tx.deleteFrom('shown_once').where('expires_at', '<=', ctx.now()).execute())
}

function placeOf(session: SessionId, what: Shown) {
  return { table: 'shown_once', column: 'sealed_text', id: `${session} ${what}` }
}

/** What was kept for other sessions of this person holds no longer: new codes have ended those that they show. */
export async function forgetShownElsewhere(tx: Tx, user: UserId, session: SessionId, what: Shown): Promise<void> {
  await tx
    .deleteFrom('shown_once')
    .where('what', '=', what)
    .where('session_id', '!=', session)
    .where('session_id', 'in', (eb) => eb.selectFrom('sessions').select('sessions.id').where('sessions.user_id', '=', user))
    .execute()
}
