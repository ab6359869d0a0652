import type { Code, CodeRefusal } from '@latchkey/protocol/codes/code'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { ActivationId } from '../ids.ts'
import { claimActivation, voidActivation } from './activation-store.ts'
import { hashTicket } from './issue-token.ts'
import { sealKeySet } from './key-sets.ts'
import { lockPerson } from './store.ts'
import { forgetTry, type Tried, tryRegistration } from './try-registration.ts'

export type RegisteredByTicket =
  | { outcome: 'provisional' }
  | { outcome: 'mistyped'; refusal: CodeRefusal }
  /** Wrong, unknown, never opened, expired or void: all the same to an app. */
  | { outcome: 'refused' }

const SHOWN_SYMBOLS = 4

/**
 * An app hands in a registration code with its ticket (STP-1, 2, step 4). The token becomes active only when its owner says that the app shows the same.
 * @throws Busy if there is too much to do; nothing was charged then
 */
export async function registerByTicket(ctx: Context, by: Caller, ticket: string, typed: string): Promise<RegisteredByTicket> {
  const tried = await tryRegistration(ctx, by, { ticketHash: hashTicket(ctx, ticket) }, typed)
  try {
    return await ctx.db.transaction(async (tx) => {
      const at = ctx.now()
      const answer = await settle(ctx, tx, tried, at)
      const { subject, object } = concerning(tried)
      await record(ctx, tx, { at, action: 'tokens.register-by-ticket', outcome: answer.outcome, subject, object, by })
      return answer
    })
  } finally {
    forgetTry(tried)
  }
}

async function settle(ctx: Context, tx: Tx, tried: Tried, at: number): Promise<RegisteredByTicket> {
  if (tried.is === 'mistyped') return { outcome: 'mistyped', refusal: tried.refusal }
  if (tried.is === 'unknown' || tried.is === 'no-try') return { outcome: 'refused' }
  const { id, user, triesLeft } = tried.charged
  await lockPerson(tx, user)
  if (tried.is === 'wrong') {
    if (triesLeft === 0) await voidActivation(tx, id, at)
    return { outcome: 'refused' }
  }
  if ((await claimActivation(tx, id, user, 'open', 'provisional', at)) === undefined) return { outcome: 'refused' }
  await keep(tx, id, sealKeySet(ctx, id, tried.keys), tried.code)
  return { outcome: 'provisional' }
}

async function keep(tx: Tx, id: ActivationId, sealed_keys: Uint8Array, code: Code<'registration'>): Promise<void> {
  await tx
    .updateTable('activations')
    .set({ sealed_keys, last_symbols: code.slice(-SHOWN_SYMBOLS) })
    .where('id', '=', id)
    .execute()
}

function concerning(tried: Tried) {
  if (tried.is === 'unknown') return { subject: undefined, object: undefined }
  if (tried.is === 'mistyped' || tried.is === 'no-try') return { subject: tried.user, object: undefined }
  return { subject: tried.charged.user, object: tried.charged.id }
}
