import { printCode } from '@latchkey/protocol/codes/code'
import { isSerialNumber, printSerialNumber } from '@latchkey/protocol/codes/serial-number'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { ActivationId, TokenId, UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { hashTicket, placeOfCode } from './issue-token.ts'

export type OpenedTicket =
  | { outcome: 'opened'; serialNumber: string; activationCode: string; name: string }
  /** Unknown, opened before, or its activation has ended: all the same to an app. */
  | { outcome: 'refused' }

/** An app hands in a ticket and receives the codes, once (STP-1, 2, step 2). A second opening is refused, and the owner told. Codes are printed. */
export function openTicket(ctx: Context, by: Caller, ticket: string): Promise<OpenedTicket> {
  const hash = hashTicket(ctx, ticket)
  return ctx.db.transaction(async (tx) => {
    const at = ctx.now()
    const claimed = await claimTicket(tx, hash, at)
    if (claimed === undefined) return refuse(ctx, tx, by, hash, at)
    await record(ctx, tx, { at, action: 'tokens.open-ticket', outcome: 'opened', subject: claimed.user_id, object: claimed.id, by })
    return codesOf(ctx, tx, claimed)
  })
}

async function claimTicket(tx: Tx, hash: string, at: number) {
  return tx
    .updateTable('activations')
    .set({ ticket_opened_at: at, sealed_ticket: null })
    .where('ticket_hash', '=', hash)
    .where('ticket_opened_at', 'is', null)
    .where('state', '=', 'open')
    .where('tries_left', '>', 0)
    .where('expires_at', '>', at)
    .returning(['id', 'user_id', 'token_id', 'sealed_code'])
    .executeTakeFirst()
}

type Claimed = { id: ActivationId; user_id: UserId; token_id: TokenId; sealed_code: Uint8Array | null }

async function codesOf(ctx: Context, tx: Tx, { id, token_id, sealed_code }: Claimed): Promise<OpenedTicket> {
  const { serial_number, label } = await tx
    .selectFrom('soft_tokens')
    .innerJoin('authenticators', 'authenticators.id', 'soft_tokens.token_id')
    .select(['serial_number', 'label'])
    .where('token_id', '=', token_id)
    .executeTakeFirstOrThrow()
  if (sealed_code === null || !isSerialNumber(serial_number)) throw new Error(`the activation ${id} is damaged`)
  const code = Buffer.from(ctx.keys.open(placeOfCode(id), sealed_code)).toString()
  return { outcome: 'opened', serialNumber: printSerialNumber(serial_number), activationCode: printCode(code), name: label }
}

/** The first time that a ticket is opened again, its owner hears of it; every time, the log does. */
async function refuse(ctx: Context, tx: Tx, by: Caller, hash: string, at: number): Promise<OpenedTicket> {
  const first = await tx
    .updateTable('activations')
    .set({ ticket_reopened_at: at })
    .where('ticket_hash', '=', hash)
    .where('ticket_opened_at', 'is not', null)
    .where('ticket_reopened_at', 'is', null)
    .returning(['id', 'user_id', 'token_id'])
    .executeTakeFirst()
  const row = first ?? (await tx.selectFrom('activations').select(['id', 'user_id']).where('ticket_hash', '=', hash).executeTakeFirst())
  await record(ctx, tx, { at, action: 'tokens.open-ticket', outcome: 'refused', subject: row?.user_id, object: row?.id, by })
  if (first !== undefined) await tellOwner(ctx, tx, by, first.user_id, { action: 'ticket-opened-twice', added: first.token_id })
  return { outcome: 'refused' }
}
