import type { Copy } from '@latchkey/soft-token/platform'

/**
 * One file of the vault: `LKV1`, a byte that says what each of its two slots is, then the slots. A file has its full size from the
 * beginning and is only ever overwritten in place; a swap is that one byte, which cannot tear.
 */
export const SLOT_BYTES = 4096
const MAGIC = [0x4c, 0x4b, 0x56, 0x31]
const STATE_AT = MAGIC.length
const FIRST_SLOT_AT = 64
const LENGTH_BYTES = 4
export const FILE_BYTES = FIRST_SLOT_AT + 2 * SLOT_BYTES

type Role = Copy['role'] | 'empty'
export type Roles = readonly [Role, Role]

/** Two states differ in two bits at least: a flipped bit is no state. */
const STATES: readonly (readonly [code: number, roles: Roles | 'removing'])[] = [
  [0x00, ['empty', 'empty']],
  [0x03, ['staged', 'empty']],
  [0x05, ['empty', 'staged']],
  [0x06, ['current', 'empty']],
  [0x09, ['empty', 'current']],
  [0x0a, ['current', 'staged']],
  [0x0c, ['staged', 'current']],
  [0x0f, ['old', 'current']],
  [0x11, ['current', 'old']],
  [0x12, 'removing'],
]

/** The byte of a state. */
export function stateByte(roles: Roles | 'removing'): number {
  const found = STATES.find(([, known]) =>
    typeof known === 'string' || typeof roles === 'string' ? known === roles : known.every((role, slot) => role === roles[slot]),
  )
  if (found === undefined) throw new RangeError('no state of a file has these roles')
  return found[0]
}

/** Where the byte of the state stands. */
export const STATE_PLACE = STATE_AT

/** The clear beginning of a file, to be written before its state. */
export function header(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FIRST_SLOT_AT)
  bytes.set(MAGIC)
  return bytes
}

/** What the slots are; `damaged` where no state is to be read, `unmade` where a kill came while the file was being made. */
export function rolesOf(file: Uint8Array): Roles | 'removing' | 'damaged' | 'unmade' {
  if (file.subarray(0, FIRST_SLOT_AT).every((byte) => byte === 0)) return 'unmade'
  if (file.length < FILE_BYTES || MAGIC.some((byte, index) => file[index] !== byte)) return 'damaged'
  return STATES.find(([code]) => code === file[STATE_AT])?.[1] ?? 'damaged'
}

/** Where a slot begins. */
export function slotPlace(slot: 0 | 1): number {
  return FIRST_SLOT_AT + slot * SLOT_BYTES
}

/** A slot's whole content: length, bytes, zeros. @throws RangeError for more than a slot holds */
export function fillSlot(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length > SLOT_BYTES - LENGTH_BYTES) throw new RangeError('a record that no slot can hold')
  const slot = new Uint8Array(SLOT_BYTES)
  new DataView(slot.buffer).setUint32(0, bytes.length)
  slot.set(bytes, LENGTH_BYTES)
  return slot
}

/** The bytes in a slot; none that could be read where its length is none. */
export function bytesOf(file: Uint8Array, slot: 0 | 1): Uint8Array {
  const place = slotPlace(slot)
  const length = new DataView(file.buffer, file.byteOffset + place).getUint32(0)
  return length > SLOT_BYTES - LENGTH_BYTES ? new Uint8Array() : file.slice(place + LENGTH_BYTES, place + LENGTH_BYTES + length)
}
