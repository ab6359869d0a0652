import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { isSerialNumber } from '@latchkey/protocol/codes/serial-number'
import { sql } from 'kysely'
import type { ActivationState } from '../db/columns.ts'
import type { Database, Tx } from '../db/database.ts'
import type { ActivationId, TokenId, UserId } from '../ids.ts'

/** Which activation is meant: one of the person's, or the one that a ticket opens. */
export type Which = { user: UserId; activation: ActivationId } | { ticketHash: string }

/** The serial number of an activation, and whose it is. It never changes. */
export async function findSerial(db: Database['read'], which: Which): Promise<{ user: UserId; serial: SerialNumber } | undefined> {
  const row = await db
    .selectFrom('activations')
    .innerJoin('soft_tokens', 'soft_tokens.token_id', 'activations.token_id')
    .select(['activations.user_id', 'soft_tokens.serial_number'])
    .$call((query) =>
      'user' in which
        ? query.where('activations.id', '=', which.activation).where('activations.user_id', '=', which.user)
        : query.where('activations.ticket_hash', '=', which.ticketHash),
    )
    .executeTakeFirst()
  if (row === undefined || !isSerialNumber(row.serial_number)) return undefined
  return { user: row.user_id, serial: row.serial_number }
}

export type Charged = { id: ActivationId; user: UserId; token: TokenId; sealedCode: Uint8Array; triesLeft: number }

/** Takes one try of an open activation; undefined if there is none to take. By ticket only after the ticket was opened. */
export async function chargeTry(tx: Tx, which: Which, at: number): Promise<Charged | undefined> {
  const row = await tx
    .updateTable('activations')
    .set((row) => ({ tries_left: row('tries_left', '-', 1) }))
    .where('state', '=', 'open')
    .where('tries_left', '>', 0)
    .where('expires_at', '>', at)
    .$call((query) =>
      'user' in which
        ? query.where('id', '=', which.activation).where('user_id', '=', which.user)
        : query.where('ticket_hash', '=', which.ticketHash).where('ticket_opened_at', 'is not', null),
    )
    .returning(['id', 'user_id', 'token_id', 'sealed_code', 'tries_left'])
    .executeTakeFirst()
  if (row === undefined || row.sealed_code === null) return undefined
  return { id: row.id, user: row.user_id, token: row.token_id, sealedCode: row.sealed_code, triesLeft: row.tries_left }
}

/** Moves an activation that has not expired on from a state; undefined if another was first, or the time is over. */
export async function claimActivation(tx: Tx, id: ActivationId, user: UserId, from: ActivationState, to: ActivationState, at: number) {
  return tx
    .updateTable('activations')
    .set({ state: to, ended_at: to === 'provisional' ? null : at })
    .where('id', '=', id)
    .where('user_id', '=', user)
    .where('state', '=', from)
    .where('expires_at', '>', at)
    .returning(['id', 'token_id', 'sealed_keys'])
    .executeTakeFirst()
}

/** What an activation forgets when it ends, however it ends. */
export const FORGOTTEN = { sealed_code: null, sealed_ticket: null, ticket_hash: null, sealed_keys: null } as const

export async function forgetCodes(tx: Tx, id: ActivationId): Promise<void> {
  await tx.updateTable('activations').set(FORGOTTEN).where('id', '=', id).execute()
}

/** Voids one activation that is pending, and ends the token that never was. False if it was not pending. */
export async function voidActivation(tx: Tx, id: ActivationId, at: number): Promise<boolean> {
  const rows = await tx
    .updateTable('activations')
    .set({ state: 'void', ended_at: at, ...FORGOTTEN })
    .where('id', '=', id)
    .where('state', 'in', ['open', 'provisional'])
    .returning('token_id')
    .execute()
  for (const { token_id } of rows) await endPending(tx, token_id, at)
  return rows.length > 0
}

/** A person has one activation pending at a time: it is the latest, whatever the clock said when others were made. */
export const PENDING_FIRST = sql<number>`case when activations.state in ('open', 'provisional') then 0 else 1 end`

/** What the person has pending. */
export async function pendingOf(tx: Tx, user: UserId): Promise<{ id: ActivationId }[]> {
  return tx.selectFrom('activations').select('id').where('user_id', '=', user).where('state', 'in', ['open', 'provisional']).execute()
}

/** Voids whatever the person has pending: one at a time. */
export async function voidPending(tx: Tx, user: UserId, at: number): Promise<void> {
  for (const { id } of await pendingOf(tx, user)) await voidActivation(tx, id, at)
}

async function endPending(tx: Tx, token: TokenId, at: number): Promise<void> {
  await tx
    .updateTable('authenticators')
    .set({ state: 'ended', ended_at: at, reason: 'never-registered' })
    .where('id', '=', token)
    .where('state', '=', 'pending')
    .execute()
}

/** How an activation stands that took no try. `expired` also after a sweep. */
export async function whyNoTry(tx: Tx, id: ActivationId, user: UserId, at: number): Promise<'expired' | 'void' | 'no-such-token'> {
  const row = await tx
    .selectFrom('activations')
    .select(['state', 'expires_at', 'ended_at'])
    .where('id', '=', id)
    .where('user_id', '=', user)
    .executeTakeFirst()
  if (row === undefined) return 'no-such-token'
  return endedByTime(row, at) ? 'expired' : 'void'
}

/** Whether it was the time that ended an activation. */
export function endedByTime(
  { state, expires_at, ended_at }: { state: ActivationState; expires_at: number; ended_at: number | null },
  at: number,
): boolean {
  return state !== 'done' && expires_at <= (ended_at ?? at)
}
