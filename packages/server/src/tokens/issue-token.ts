import { drawActivationCode } from '@latchkey/protocol/activation/activation-code'
import { drawSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { type ActivationId, drawId, type SessionId, type TokenId, type UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { voidPending } from './activation-store.ts'
import { ACTIVATION_TRIES, DAY_MS } from './rules.ts'
import { findToken, lockPerson, moveToken } from './store.ts'

/** What is asked for: a label as `labelOf` returns it, and the token that the new one is to replace, if any. */
export type Order = {
  label: string
  replaces?: TokenId
  suspendReplaced?: boolean
  /** Sessions that go on where the token to be replaced is suspended. */
  keep?: readonly SessionId[]
}
export type Issued =
  | { outcome: 'issued'; activation: ActivationId }
  /** `config.activation.dailyLimit` were issued in 24 hours. */
  | { outcome: 'too-many-today' }
  /** The token to be replaced is not there, not this person's, or not in use. */
  | { outcome: 'no-such-token' }

const TICKET_BYTES = 16
const MINUTE_MS = 60_000

/**
 * Draws a serial number, an activation code and a ticket for a new token of a person (STP-1, 2, step 1). Whatever the person had pending is void.
 * With `suspendReplaced` the token to be replaced is suspended at once, and every session but those in `keep` ends.
 */
export function issueToken(ctx: Context, by: Caller, user: UserId, order: Order): Promise<Issued> {
  return ctx.db.transaction((tx) => issueTokenIn(ctx, tx, by, user, order))
}

/** The same in a transaction that is open. */
export async function issueTokenIn(ctx: Context, tx: Tx, by: Caller, user: UserId, order: Order): Promise<Issued> {
  const at = ctx.now()
  const answer = await issue(ctx, tx, by, user, order, at)
  const object = answer.outcome === 'issued' ? answer.activation : order.replaces
  await record(ctx, tx, { at, action: 'tokens.issue', outcome: answer.outcome, subject: user, object, by })
  return answer
}

async function issue(ctx: Context, tx: Tx, by: Caller, user: UserId, order: Order, at: number): Promise<Issued> {
  if (!(await lockPerson(tx, user))) return { outcome: 'no-such-token' }
  if (order.replaces !== undefined && !(await isReplaceable(tx, user, order.replaces))) return { outcome: 'no-such-token' }
  if ((await issuedSince(tx, user, at - DAY_MS)) >= ctx.config.activation.dailyLimit) return { outcome: 'too-many-today' }
  await voidPending(tx, user, at)
  const token = await addPendingToken(ctx, tx, user, order, at)
  const serial = await giveSerial(ctx, tx, token)
  const activation = await addActivation(ctx, tx, user, token, serial, order, at)
  if (order.replaces !== undefined && order.suspendReplaced === true)
    await suspendLost(ctx, tx, by, user, order.replaces, order.keep ?? [], at)
  return { outcome: 'issued', activation }
}

async function isReplaceable(tx: Tx, user: UserId, token: TokenId): Promise<boolean> {
  const row = await findToken(tx, user, token)
  return row !== undefined && row.state !== 'pending' && row.state !== 'ended'
}

/** Under the person's lock nobody else adds to it. */
async function issuedSince(tx: Tx, user: UserId, since: number): Promise<number> {
  const rows = await tx.selectFrom('activations').select('id').where('user_id', '=', user).where('created_at', '>', since).execute()
  return rows.length
}

async function addPendingToken(ctx: Context, tx: Tx, user: UserId, { label, replaces }: Order, at: number): Promise<TokenId> {
  const id = drawId('tkn', ctx.random)
  await tx
    .insertInto('authenticators')
    .values({
      id,
      user_id: user,
      kind: 'soft-token',
      state: 'pending',
      label,
      key_set: 0,
      replaces: replaces ?? null,
      attempts: 0,
      created_at: at,
    })
    .execute()
  return id
}

/** A serial number is unique for ever: rows of ended tokens stay, and one that is taken is drawn again. */
async function giveSerial(ctx: Context, tx: Tx, token: TokenId): Promise<SerialNumber> {
  const { digits, pinMinimum } = ctx.config.activation
  const serial = drawSerialNumber(ctx.random)
  const given = await tx
    .insertInto('soft_tokens')
    .values({ token_id: token, serial_number: serial, digits, pin_minimum: pinMinimum, drift: 0, lean: 0 })
    .onConflict((conflict) => conflict.column('serial_number').doNothing())
    .returning('token_id')
    .execute()
  return given.length > 0 ? serial : giveSerial(ctx, tx, token)
}

async function addActivation(
  ctx: Context,
  tx: Tx,
  user: UserId,
  token: TokenId,
  serial: SerialNumber,
  order: Order,
  at: number,
): Promise<ActivationId> {
  const id = drawId('act', ctx.random)
  const code = drawActivationCode(serial, ctx.config.activation, ctx.random)
  const ticket = Buffer.from(ctx.random(TICKET_BYTES)).toString('base64url')
  await tx
    .insertInto('activations')
    .values({
      id,
      token_id: token,
      user_id: user,
      state: 'open',
      sealed_code: ctx.keys.seal(placeOfCode(id), Buffer.from(code)),
      sealed_ticket: ctx.keys.seal(placeOfTicket(id), Buffer.from(ticket)),
      ticket_hash: hashTicket(ctx, ticket),
      tries_left: ACTIVATION_TRIES,
      suspend_replaced: order.suspendReplaced === true ? 1 : 0,
      created_at: at,
      expires_at: at + ctx.config.activation.minutes * MINUTE_MS,
    })
    .execute()
  return id
}

async function suspendLost(
  ctx: Context,
  tx: Tx,
  by: Caller,
  user: UserId,
  token: TokenId,
  keep: readonly SessionId[],
  at: number,
): Promise<void> {
  if (!(await moveToken(tx, user, token, ['active', 'disabled'], { state: 'suspended', reason: 'lost' }))) return
  await endSessionsOf(ctx, tx, by, user, { except: keep })
  await record(ctx, tx, { at, action: 'tokens.suspend', outcome: 'suspended', subject: user, object: token, by })
  await tellOwner(ctx, tx, by, user, { action: 'token-suspended', ended: token })
}

export function placeOfCode(id: ActivationId) {
  return { table: 'activations', column: 'sealed_code', id }
}

export function placeOfTicket(id: ActivationId) {
  return { table: 'activations', column: 'sealed_ticket', id }
}

/** By which a ticket is looked up. */
export function hashTicket(ctx: Context, ticket: string): string {
  return ctx.keys.hash('activation-ticket', ticket)
}
