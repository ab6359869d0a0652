import type { Context } from '../context.ts'
import { checkClock } from './check-clock.ts'

/** Why no requests should be sent here now. */
export type Unready = 'database' | 'keys' | 'clock' | 'stopping'
export type Readiness = { ready: true } | { ready: false; because: Unready }

const ANSWER_WITHIN_MS = 3_000

/** Whether this instance can answer: its database takes a write to the disk, its keys open what they sealed, its clock is right. */
export async function readiness(ctx: Context): Promise<Readiness> {
  const written = await within(ANSWER_WITHIN_MS, write(ctx))
  if (written !== true) return { ready: false, because: 'database' }
  if (!keysWork(ctx)) return { ready: false, because: 'keys' }
  const clock = await within(ANSWER_WITHIN_MS, checkClock(ctx))
  if (clock === undefined) return { ready: false, because: 'database' }
  return clock.ok ? { ready: true } : { ready: false, because: 'clock' }
}

async function write(ctx: Context): Promise<true> {
  const value = String(ctx.now())
  await ctx.db.transaction((tx) =>
    tx
      .insertInto('facts')
      .values({ name: 'readiness', value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute(),
  )
  return true
}

function keysWork({ keys }: Context): boolean {
  const place = { table: 'facts', column: 'none', id: 'readiness' }
  try {
    return Buffer.from(keys.open(place, keys.seal(place, Buffer.from('here')))).toString() === 'here'
  } catch {
    return false
  }
}

/** What comes too late, and what fails, is undefined. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined)
  })
  try {
    return await Promise.race([work, late])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
