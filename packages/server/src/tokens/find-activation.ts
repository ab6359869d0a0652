import { printCode } from '@latchkey/protocol/codes/code'
import { isSerialNumber, printSerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Context } from '../context.ts'
import type { ActivationId, TokenId, UserId } from '../ids.ts'
import { endedByTime, PENDING_FIRST } from './activation-store.ts'
import { placeOfCode, placeOfTicket } from './issue-token.ts'

/** A pending activation, as its owner sees it. Times are milliseconds since 1970. */
export type ActivationView = {
  id: ActivationId
  token: TokenId
  state: 'open' | 'provisional'
  label: string
  replaces: TokenId | undefined
  /** `04829-15736` */
  serialNumber: string
  /** `08JS-0VHX-VF3B-D38Y-V65R` */
  activationCode: string
  /** base64url; undefined once it was opened. */
  ticket: string | undefined
  ticketOpened: boolean
  /** When it was opened a second time, by whomever. */
  ticketReopenedAt: number | undefined
  expiresAt: number
  triesLeft: number
  /** The last four symbols of the registration code that an app handed in. */
  lastSymbols: string | undefined
}

/** The activation that a person has pending; undefined if there is none, its time is over, or its tries are used up. */
export async function findActivation(ctx: Context, user: UserId): Promise<ActivationView | undefined> {
  const row = await latest(ctx, user)
  if (row === undefined || row.expires_at <= ctx.now()) return undefined
  if (row.state !== 'provisional' && (row.state !== 'open' || row.tries_left <= 0)) return undefined
  if (row.sealed_code === null || !isSerialNumber(row.serial_number)) return undefined
  const opened = row.ticket_opened_at !== null
  const open = (place: ReturnType<typeof placeOfCode>, sealed: Uint8Array): string => Buffer.from(ctx.keys.open(place, sealed)).toString()
  return {
    id: row.id,
    token: row.token_id,
    state: row.state,
    label: row.label,
    replaces: row.replaces ?? undefined,
    serialNumber: printSerialNumber(row.serial_number),
    activationCode: printCode(open(placeOfCode(row.id), row.sealed_code)),
    ticket: opened || row.sealed_ticket === null ? undefined : open(placeOfTicket(row.id), row.sealed_ticket),
    ticketOpened: opened,
    ticketReopenedAt: row.ticket_reopened_at ?? undefined,
    expiresAt: row.expires_at,
    triesLeft: row.tries_left,
    lastSymbols: row.last_symbols ?? undefined,
  }
}

/** Why a person's latest activation came to nothing: the time, five wrong codes, or the owner's `No` (or a newer one that came to nothing). */
export type EndedActivation = {
  id: ActivationId
  why: 'expired' | 'out-of-tries' | 'void'
  label: string
  replaces: TokenId | undefined
  endedAt: number
}

/** What a page says when `findActivation` finds none: `renewActivation` begins it again. Undefined if the latest is pending, or became a token. */
export async function findEndedActivation(ctx: Context, user: UserId): Promise<EndedActivation | undefined> {
  const row = await latest(ctx, user)
  if (row === undefined || row.state === 'done') return undefined
  const common = { id: row.id, label: row.label, replaces: row.replaces ?? undefined }
  if (endedByTime(row, ctx.now())) return { why: 'expired', endedAt: row.expires_at, ...common }
  if (row.state !== 'provisional' && row.tries_left <= 0) return { why: 'out-of-tries', endedAt: row.ended_at ?? ctx.now(), ...common }
  return row.state === 'void' ? { why: 'void', endedAt: row.ended_at ?? ctx.now(), ...common } : undefined
}

/** The activation that was issued last, whatever became of it. */
export async function latestActivation(ctx: Context, user: UserId): Promise<ActivationId | undefined> {
  return (await latest(ctx, user))?.id
}

function latest(ctx: Context, user: UserId) {
  return ctx.db.read
    .selectFrom('activations')
    .innerJoin('authenticators', 'authenticators.id', 'activations.token_id')
    .innerJoin('soft_tokens', 'soft_tokens.token_id', 'activations.token_id')
    .selectAll('activations')
    .select(['authenticators.label', 'authenticators.replaces', 'soft_tokens.serial_number'])
    .where('activations.user_id', '=', user)
    .orderBy(PENDING_FIRST)
    .orderBy('activations.created_at', 'desc')
    .orderBy('activations.ended_at', (order) => order.desc().nullsFirst())
    .limit(1)
    .executeTakeFirst()
}
