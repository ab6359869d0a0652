import type { Context } from '../context.ts'
import { count } from './store.ts'

/** `oldest`: when the message that waits longest was put in, in milliseconds. */
export type Backlog = { waiting: number; oldest: number | undefined; failed: number }

/** What is in the outbox still, and what was given up in the last week. */
export async function backlog(ctx: Pick<Context, 'db'>): Promise<Backlog> {
  const waiting = await count(ctx.db.read, 'waiting')
  const failed = await count(ctx.db.read, 'failed')
  return { waiting: waiting.messages, oldest: waiting.oldest, failed: failed.messages }
}
