import type { Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { argon2id } from './argon2id.ts'
import { HASH_BYTES, PARALLELISM, SALT_BYTES } from './hash-secret.ts'

type Cost = { readonly memoryKiB: number; readonly passes: number }

/** A fact for each cost that hashes were made at; its value is when one was last looked for (milliseconds UTC). */
const FACT = 'hash-cost'
const LOOK_EVERY_MS = 86_400_000

const factOf = ({ memoryKiB, passes }: Cost): string => `${FACT} m=${memoryKiB},t=${passes}`
const isSame = (one: Cost, other: Cost): boolean => one.memoryKiB === other.memoryKiB && one.passes === other.passes

/** Notes today's cost, before a hash is made at it. */
export async function noteCost(ctx: Context): Promise<void> {
  if ((await notedCosts(ctx.db)).some(({ cost }) => isSame(cost, ctx.config.password))) return
  await ctx.db.transaction((tx) =>
    tx
      .insertInto('facts')
      .values({ name: factOf(ctx.config.password), value: String(ctx.now()) })
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  )
}

/**
 * Hashes nothing at each cost in use but this one. After the settings were changed some people's hashes have the cost of before until
 * they come again: whoever is judged costs the sum of all costs, so that time tells neither those people nor the unknown.
 */
export async function walkOtherCosts(ctx: Context, walked: Cost): Promise<void> {
  const noted = (await notedCosts(ctx.db)).map(({ cost }) => cost)
  const today = ctx.config.password
  const all = noted.some((cost) => isSame(cost, today)) ? noted : [...noted, today]
  const nothing = { password: new Uint8Array(), salt: ctx.random(SALT_BYTES), parallelism: PARALLELISM, length: HASH_BYTES }
  for (const cost of all) if (!isSame(cost, walked)) await argon2id({ ...cost, ...nothing })
}

/** Forgets costs at which there is no hash any more. Each is looked for once a day. */
export async function forgetCosts(ctx: Context): Promise<void> {
  await noteCost(ctx)
  const at = ctx.now()
  for (const { name, cost, lookedAt } of await notedCosts(ctx.db)) {
    if (isSame(cost, ctx.config.password) || lookedAt > at - LOOK_EVERY_MS) continue
    const inUse = await hasHashAt(ctx.db, cost)
    await ctx.db.transaction(async (tx) => {
      if (inUse)
        await tx
          .updateTable('facts')
          .set({ value: String(at) })
          .where('name', '=', name)
          .execute()
      else await tx.deleteFrom('facts').where('name', '=', name).execute()
    })
  }
}

async function notedCosts(db: Database): Promise<{ name: string; cost: Cost; lookedAt: number }[]> {
  const rows = await db.read.selectFrom('facts').selectAll().where('name', 'like', `${FACT} %`).execute()
  return rows.flatMap(({ name, value }) => {
    const [, memory, passes] = / m=(\d+),t=(\d+)$/.exec(name) ?? []
    return passes === undefined ? [] : [{ name, cost: { memoryKiB: Number(memory), passes: Number(passes) }, lookedAt: Number(value) }]
  })
}

const HASHES = ['passwords', 'question_answers', 'recovery_codes'] as const

async function hasHashAt(db: Database, { memoryKiB, passes }: Cost): Promise<boolean> {
  for (const table of HASHES) {
    const row = await db.read
      .selectFrom(table)
      .select('hash')
      .where('hash', 'like', `$argon2id$v=19$m=${memoryKiB},t=${passes},p=%`)
      .limit(1)
      .executeTakeFirst()
    if (row !== undefined) return true
  }
  return false
}
