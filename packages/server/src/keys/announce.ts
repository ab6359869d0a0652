import { z } from 'zod'
import type { Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { drawId } from '../ids.ts'

/** Announcements are this fresh while an instance lives. */
export const ANNOUNCE_EVERY_MS = 5_000
const ALIVE_MS = 6 * ANNOUNCE_EVERY_MS
/** A server that was not heard for so long seals nothing: a rotation waits for it no longer a moment later. */
const LEASE_MS = ALIVE_MS - ANNOUNCE_EVERY_MS
const PREFIX = 'instance/'
const COMMAND = 'command-'
const CURRENT = 'keys-current'

const Announcement = z.object({ at: z.int(), keyId: z.string() })
export type Instance = { id: string; at: number; keyId: string }

/**
 * Tells the others that this instance runs and which key it seals under, and follows a rotation. A rotation drops an old key only when every
 * instance says that it seals under the new one: who announced itself before it looks is waited for, or sees what is wanted.
 */
export async function announce(ctx: Context, instance: string): Promise<void> {
  const say = async (): Promise<void> => {
    const began = performance.now()
    await saveFact(ctx, `${PREFIX}${instance}`, JSON.stringify({ at: ctx.now(), keyId: ctx.keys.currentId }))
    // A command says it once, and may take its time.
    if (!instance.startsWith(COMMAND)) ctx.keys.lease(began + LEASE_MS - performance.now())
  }
  await say()
  const wanted = await ctx.db.read.selectFrom('facts').select('value').where('name', '=', CURRENT).executeTakeFirst()
  if (wanted === undefined || wanted.value === ctx.keys.currentId) return
  ctx.keys.reload()
  await say()
}

/** A name for a command that is under way: it is waited for like a server, and is none. */
export function nameOfCommand(ctx: Pick<Context, 'random'>): string {
  return `${COMMAND}${drawId('req', ctx.random)}`
}

/** The instances that are servers. */
export async function servers(ctx: { db: Database; now: () => number }): Promise<Instance[]> {
  return (await instances(ctx)).filter(({ id }) => !id.startsWith(COMMAND))
}

/** The instance stops. */
export async function withdraw(ctx: Context, instance: string): Promise<void> {
  await ctx.db.transaction((tx) => tx.deleteFrom('facts').where('name', '=', `${PREFIX}${instance}`).execute())
}

/** Instances that run on this database now. One that was killed counts for half a minute more. */
export async function instances(ctx: { db: Database; now: () => number }): Promise<Instance[]> {
  const rows = await ctx.db.read.selectFrom('facts').selectAll().where('name', 'like', `${PREFIX}%`).execute()
  const now = ctx.now()
  return rows.flatMap(({ name, value }) => {
    const read = Announcement.safeParse(JSON.parse(value))
    return read.success && read.data.at > now - ALIVE_MS ? [{ id: name.slice(PREFIX.length), ...read.data }] : []
  })
}

/** Deletes what killed instances left. */
export async function forgetDead(ctx: Context): Promise<void> {
  const alive = (await instances(ctx)).map(({ id }) => `${PREFIX}${id}`)
  await ctx.db.transaction((tx) => {
    const deleting = tx.deleteFrom('facts').where('name', 'like', `${PREFIX}%`)
    return (alive.length > 0 ? deleting.where('name', 'not in', alive) : deleting).execute()
  })
}

/** Which key every instance is to seal under. */
export function askForKey(ctx: Context, keyId: string): Promise<void> {
  return saveFact(ctx, CURRENT, keyId)
}

async function saveFact(ctx: Context, name: string, value: string): Promise<void> {
  await ctx.db.transaction((tx) =>
    tx
      .insertInto('facts')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute(),
  )
}
