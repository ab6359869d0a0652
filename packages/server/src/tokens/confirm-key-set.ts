import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import type { KeySetId, TokenId } from '../ids.ts'
import { openOtpKey, sealOtpKey, WIPED } from './key-sets.ts'

/**
 * A token has shown that it holds a next key set: that becomes current, all others retire in this transaction (STP-1, 5).
 * Retired sets keep key(otp) alone, by which an old copy is recognised. The token's row is locked by the caller.
 */
export async function confirmKeySet(
  ctx: Context,
  tx: Tx,
  token: TokenId,
  set: { id: KeySetId; number: number },
  at: number,
): Promise<void> {
  const others = await tx
    .updateTable('key_sets')
    .set({ state: 'retired', retired_at: at })
    .where('token_id', '=', token)
    .where('id', '!=', set.id)
    .where('state', '!=', 'retired')
    .returning(['id', 'sealed_keys'])
    .execute()
  for (const { id, sealed_keys } of others) {
    const otp = openOtpKey(ctx, id, sealed_keys)
    await tx
      .updateTable('key_sets')
      .set({ sealed_keys: sealOtpKey(ctx, id, otp) })
      .where('id', '=', id)
      .execute()
    otp.fill(0)
  }
  await tx
    .updateTable('key_sets')
    .set({ state: 'current', confirmed_at: at })
    .where('id', '=', set.id)
    .where('state', '=', 'next')
    .where('sealed_keys', '!=', WIPED)
    .returning('id')
    .executeTakeFirstOrThrow()
  await tx.updateTable('authenticators').set({ key_set: set.number }).where('id', '=', token).execute()
}
