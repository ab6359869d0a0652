import type { Code } from '@latchkey/protocol/codes/code'
import type { Profile } from '@latchkey/protocol/codes/profile'
import { PIN_BOX_BYTES, PIN_SALT_BYTES } from './pin-box.ts'
import { UNLOCK_BOX_BYTES, UNLOCK_NONCE_BYTES, UNLOCK_SALT_BYTES, type UnlockBox } from './unlock-box.ts'

/** What the vault keeps of one identity (STP-1, 4). The serial number stands beside it, in the clear and bound to the seal. Times in ms since 1970. */
export type IdentityRecord = UnlockBox & {
  label: string
  profile: Profile
  /** 0 after activation, one more after each unlock. */
  keySet: number
  failedPins: number
  /** Whether pinBox, pinSalt and pinHint have been overwritten with random bytes. */
  boxErased: boolean
  pinSalt: Uint8Array
  pinHint: number
  pinBox: Uint8Array
  /** Shown when the token is locked, or its PIN forgotten or to be changed (STP-1, 5). */
  resetCode: Code<'reset'>
  /** Until the person has registered it. */
  registrationCode: Code<'registration'> | undefined
  wrongUnlocks: number
  /** No unlock code is judged before this moment. */
  waitUntil: number
  /** The step of the last security code shown under this key set. */
  lastShownStep: number | undefined
  createdAt: number
  /** The clock when a PIN last passed, or a key set began, by which a clock that was set back is noticed. */
  clockSeen: number
  clockSetBackAt: number | undefined
}

/** Longest name of an identity, in bytes of UTF-8. */
export const LABEL_BYTES = 160

/** The fields in their order, with their lengths in bytes; numbers are IEEE doubles, big-endian, codes are ASCII. */
const SIZES = {
  labelLength: 1,
  label: LABEL_BYTES,
  digits: 1,
  pinMinimum: 1,
  boxErased: 1,
  pinHint: 1,
  keySet: 8,
  failedPins: 8,
  wrongUnlocks: 8,
  waitUntil: 8,
  lastShownStep: 8,
  createdAt: 8,
  clockSeen: 8,
  clockSetBackAt: 8,
  pinSalt: PIN_SALT_BYTES,
  pinBox: PIN_BOX_BYTES,
  unlockSalt: UNLOCK_SALT_BYTES,
  unlockNonce: UNLOCK_NONCE_BYTES,
  unlockBox: UNLOCK_BOX_BYTES,
  resetCode: 8,
  registrationCode: 20,
} as const
type Field = keyof typeof SIZES

/** Every record has this length, so that a seal tells nothing and a later one covers an earlier one. */
export const RECORD_BYTES = Object.values(SIZES).reduce((sum, size) => sum + size, 0)
/** Where each field begins. */
const OFFSETS = offsetsOf(Object.entries(SIZES))

function offsetsOf(sizes: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>()
  let at = 0
  for (const [field, size] of sizes) {
    offsets.set(field, at)
    at += size
  }
  return offsets
}

/** An absent number is written so; none of those that may be absent is ever negative. */
const ABSENT = -1

/**
 * The record as bytes, `RECORD_BYTES` long.
 * @throws RangeError if the label has more than `LABEL_BYTES` bytes
 */
export function encodeRecord(record: IdentityRecord): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES)
  const view = new DataView(bytes.buffer)
  const label = new TextEncoder().encode(record.label)
  if (label.length > LABEL_BYTES) throw new RangeError(`a name has at most ${LABEL_BYTES} bytes`)
  const put = (field: Field, value: Uint8Array): void => bytes.set(value, offsetOf(field))
  put('label', label)
  put('resetCode', new TextEncoder().encode(record.resetCode))
  put('registrationCode', new TextEncoder().encode(record.registrationCode ?? ''))
  for (const field of ['pinSalt', 'pinBox', 'unlockSalt', 'unlockNonce', 'unlockBox'] as const) put(field, record[field])
  const small = {
    labelLength: label.length,
    digits: record.profile.digits,
    pinMinimum: record.profile.pinMinimum,
    boxErased: record.boxErased ? 1 : 0,
    pinHint: record.pinHint,
  }
  for (const field of ['labelLength', 'digits', 'pinMinimum', 'boxErased', 'pinHint'] as const) put(field, Uint8Array.of(small[field]))
  for (const field of ['keySet', 'failedPins', 'wrongUnlocks', 'waitUntil', 'createdAt', 'clockSeen'] as const) {
    view.setFloat64(offsetOf(field), record[field])
  }
  for (const field of ['lastShownStep', 'clockSetBackAt'] as const) view.setFloat64(offsetOf(field), record[field] ?? ABSENT)
  return bytes
}

/** Reads what `encodeRecord` wrote; undefined if the length is not a record's. The seal has vouched for the rest. */
export function decodeRecord(bytes: Uint8Array): IdentityRecord | undefined {
  if (bytes.length !== RECORD_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const take = (field: Field): Uint8Array => bytes.slice(offsetOf(field), offsetOf(field) + SIZES[field])
  const byte = (field: Field): number => view.getUint8(offsetOf(field))
  const number = (field: Field): number => view.getFloat64(offsetOf(field))
  const optional = (field: Field): number | undefined => (number(field) === ABSENT ? undefined : number(field))
  return {
    label: new TextDecoder().decode(take('label').subarray(0, byte('labelLength'))),
    profile: { digits: byte('digits') === 8 ? 8 : 6, pinMinimum: byte('pinMinimum') === 8 ? 8 : 6 },
    keySet: number('keySet'),
    failedPins: number('failedPins'),
    boxErased: byte('boxErased') === 1,
    pinSalt: take('pinSalt'),
    pinHint: byte('pinHint'),
    pinBox: take('pinBox'),
    unlockSalt: take('unlockSalt'),
    unlockNonce: take('unlockNonce'),
    unlockBox: take('unlockBox'),
    resetCode: ascii(take('resetCode')) as Code<'reset'>,
    registrationCode: byte('registrationCode') === 0 ? undefined : (ascii(take('registrationCode')) as Code<'registration'>),
    wrongUnlocks: number('wrongUnlocks'),
    waitUntil: number('waitUntil'),
    lastShownStep: optional('lastShownStep'),
    createdAt: number('createdAt'),
    clockSeen: number('clockSeen'),
    clockSetBackAt: optional('clockSetBackAt'),
  }
}

function offsetOf(field: Field): number {
  return OFFSETS.get(field) ?? 0
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
