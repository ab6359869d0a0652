import type { Context } from '../context.ts'
import type { SessionId } from '../ids.ts'
import type { Mail, Message, PasswordReset } from './enqueue.ts'
import { nextTry } from './rules.ts'
import { claimDue, type Row, release, settleEnded, settleWaiting } from './store.ts'

/** What takes messages out of the house. What it throws is tried again later. */
export type Senders = {
  /** Sends one mail to one address. The id names the message wherever it may arrive twice. `at`: milliseconds. */
  readonly mail: (letter: Letter) => Promise<void>
  /** Tells relying parties that these sessions ended. */
  readonly backChannelLogout: (sessions: readonly SessionId[]) => Promise<void>
  /** Mails a link for a new password, if there is such a person. */
  readonly passwordReset?: (wish: PasswordReset) => Promise<void>
}
export type Letter = { id: string; at: number; to: string; subject: string; text: string }

/** How the messages fared that one round took. */
export type Delivered = { sent: number; retried: number; failed: number }

const AT_ONCE = 8

/**
 * Delivers what is due, at least once each: what was claimed when the process died is due again after the lease. Several instances
 * share the work. After three days a message is given up: it is then `failed`, and logged by its id.
 */
export async function deliver(ctx: Context, senders: Senders, signal?: AbortSignal): Promise<Delivered> {
  const total: Delivered = { sent: 0, retried: 0, failed: 0 }
  while (signal?.aborted !== true) {
    const rows = await ctx.db.transaction((tx) => claimDue(tx, ctx.now(), AT_ONCE))
    if (rows.length === 0) break
    for (const ended of await Promise.all(rows.map((row) => deliverOne(ctx, senders, row, signal)))) {
      if (ended !== 'released') total[ended] += 1
    }
  }
  return total
}

type Ended = keyof Delivered | 'released'

async function deliverOne(ctx: Context, senders: Senders, row: Row, signal: AbortSignal | undefined): Promise<Ended> {
  if (signal?.aborted === true) {
    await ctx.db.transaction((tx) => release(tx, row, ctx.now()))
    return 'released'
  }
  const left = await send(ctx, senders, row)
  if (left === undefined) {
    await ctx.db.transaction((tx) => settleEnded(tx, row, 'sent', ctx.now()))
    return 'sent'
  }
  const next = nextTry(ctx.now(), row.created_at, row.attempts)
  if (next !== undefined) {
    await ctx.db.transaction((tx) => settleWaiting(tx, row, left, next))
    return 'retried'
  }
  await ctx.db.transaction((tx) => settleEnded(tx, row, 'failed', ctx.now()))
  ctx.log.error({ message: row.id, kind: row.kind, attempts: row.attempts }, 'a message of the outbox was given up')
  return 'failed'
}

/** Returns what is left to be delivered, sealed; undefined once nothing is. */
async function send(ctx: Context, senders: Senders, row: Row): Promise<Uint8Array | undefined> {
  const place = { table: 'outbox', column: 'sealed_payload', id: row.id }
  try {
    const message = JSON.parse(Buffer.from(ctx.keys.open(place, row.sealed_payload)).toString('utf8')) as Message
    if (message.kind === 'back-channel-logout') {
      await senders.backChannelLogout(message.sessions)
      return undefined
    }
    if (message.kind === 'password-reset') {
      await senders.passwordReset?.(message)
      return undefined
    }
    const to = await sendToEach(ctx, senders, row, message)
    return to.length === 0 ? undefined : ctx.keys.seal(place, Buffer.from(JSON.stringify({ ...message, to })))
  } catch (error) {
    logFailure(ctx, row, error)
    return row.sealed_payload
  }
}

/** An address that cannot be reached keeps no other from its mail, and no other gets its mail again. Returns those that are left. */
async function sendToEach(ctx: Context, senders: Senders, row: Row, { to, subject, text }: Mail): Promise<string[]> {
  const left: string[] = []
  for (const [index, address] of to.entries()) {
    try {
      await senders.mail({ id: `${row.id}.${index}`, at: row.created_at, to: address, subject, text })
    } catch (error) {
      left.push(address)
      logFailure(ctx, row, error)
    }
  }
  return left
}

/** A server's answer may repeat the address, or what was sent: only its code is logged. */
function logFailure(ctx: Context, row: Row, error: unknown): void {
  const known = error instanceof Error
  const code = known && 'code' in error ? String(error.code) : undefined
  const answer = known && 'responseCode' in error ? Number(error.responseCode) : undefined
  ctx.log.warn(
    { message: row.id, kind: row.kind, attempts: row.attempts, failure: known ? error.name : 'unknown', code, answer },
    'a message of the outbox could not be delivered',
  )
}
