import type { KeySet } from '@latchkey/protocol/activation/keys'
import type { Context } from '../context.ts'
import type { ActivationId, KeySetId } from '../ids.ts'

/**
 * The last step of a key set of which no code was accepted yet: before every step, and no narrower in a row than one. Rows that grow when they are
 * first used no longer fit into the page that they filled, and all of a table's pages are written anew, one code after the other.
 */
export const NEVER = -1_000_000_000

const KEY_BYTES = 32
const SET_BYTES = 3 * KEY_BYTES
/** What stands where sealed keys were wiped: the column allows no null. */
export const WIPED = Uint8Array.of(0)

/** Where a key set's keys are sealed, as additional data. */
export function placeOfKeys(id: KeySetId | ActivationId) {
  return { table: id.startsWith('act_') ? 'activations' : 'key_sets', column: 'sealed_keys', id }
}

/** Seals a key set for a row, otp first. The plain bytes are overwritten; the key set itself is the caller's to forget. */
export function sealKeySet(ctx: Context, id: KeySetId | ActivationId, { otp, unlock, sign }: KeySet): Uint8Array {
  const plain = Buffer.concat([otp, unlock, sign])
  const sealed = ctx.keys.seal(placeOfKeys(id), plain)
  plain.fill(0)
  return sealed
}

/** Opens a whole key set. @throws SealBroken; RangeError for a retired set, of which otp alone is left */
export function openKeySet(ctx: Context, id: KeySetId | ActivationId, sealed: Uint8Array): KeySet {
  const plain = ctx.keys.open(placeOfKeys(id), sealed)
  if (plain.length !== SET_BYTES) throw new RangeError(`the key set ${id} is not whole`)
  const part = (number: number): Uint8Array => plain.subarray(number * KEY_BYTES, (number + 1) * KEY_BYTES)
  return { otp: part(0), unlock: part(1), sign: part(2) }
}

/** Opens key(otp) of any key set that is not wiped. The others are overwritten at once. @throws SealBroken */
export function openOtpKey(ctx: Context, id: KeySetId, sealed: Uint8Array): Uint8Array {
  const plain = ctx.keys.open(placeOfKeys(id), sealed)
  plain.fill(0, KEY_BYTES)
  return plain.subarray(0, KEY_BYTES)
}

/** Seals key(otp) alone: what recognises the codes of a retired set. */
export function sealOtpKey(ctx: Context, id: KeySetId, otp: Uint8Array): Uint8Array {
  return ctx.keys.seal(placeOfKeys(id), otp)
}
