import type { Context } from '../context.ts'
import type { UserId } from '../ids.ts'
import { type Origin, openOrigins } from './origin.ts'
import { eventsAbout } from './store.ts'

/** `at` in milliseconds; `origin` is undefined where none was kept, or where it was erased. */
export type Activity = {
  at: number
  action: string
  outcome: string
  door: string | undefined
  object: string | undefined
  origin: Origin | undefined
}

/** What was decided about a person, newest first. */
export async function recentActivity(ctx: Context, user: UserId, limit: number): Promise<Activity[]> {
  const events = await eventsAbout(ctx.db.read, user, limit)
  const sealed = events.map(({ sealed_origin }) => sealed_origin)
  const origins = await openOrigins(ctx, user, sealed)
  return events.map(({ at, action, outcome, door, object }, index) => ({
    at,
    action,
    outcome,
    door: door ?? undefined,
    object: object ?? undefined,
    origin: origins[index],
  }))
}
