import type { KeySet } from '@latchkey/protocol/activation/keys'
import { record } from '../audit/record.ts'
import type { Caller, Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { drawId, type TokenId, type UserId } from '../ids.ts'
import { tellOwner } from '../notices/tell-owner.ts'
import { NEVER, sealKeySet } from './key-sets.ts'
import { activeTokens, countFrom, endTokenRow } from './store.ts'

/**
 * Makes a pending token active with its first key set; the token that it replaces ends in the same transaction, no other does (STP-1, 2, step 5).
 * The person's row is locked, and the activation claimed, by the caller.
 */
export async function activateToken(ctx: Context, tx: Tx, by: Caller, user: UserId, token: TokenId, keys: KeySet): Promise<void> {
  const at = ctx.now()
  const others = await activeTokens(tx, user)
  const { replaces } = await tx
    .updateTable('authenticators')
    .set({ state: 'active', activated_at: at, key_set: 1 })
    .where('id', '=', token)
    .where('user_id', '=', user)
    .where('state', '=', 'pending')
    .returning('replaces')
    .executeTakeFirstOrThrow()
  await addFirstSet(ctx, tx, token, keys, at)
  const ended = replaces !== null && (await endTokenRow(tx, user, replaces, at, 'replaced'))
  if (others.every((other) => other === replaces)) await countFrom(tx, user, at)
  if (!ended) return tellOwner(ctx, tx, by, user, { action: 'token-activated', added: token })
  await record(ctx, tx, { at, action: 'tokens.end', outcome: 'replaced', subject: user, object: replaces, by })
  await tellOwner(ctx, tx, by, user, { action: 'token-recreated', added: token, ended: replaces })
}

async function addFirstSet(ctx: Context, tx: Tx, token: TokenId, keys: KeySet, at: number): Promise<void> {
  const id = drawId('kst', ctx.random)
  await tx
    .insertInto('key_sets')
    .values({
      id,
      token_id: token,
      number: 1,
      state: 'current',
      sealed_keys: sealKeySet(ctx, id, keys),
      last_step: NEVER,
      created_at: at,
      confirmed_at: at,
    })
    .execute()
}
