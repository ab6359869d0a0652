import { normalise, type SymbolRefusal } from './alphabet.ts'
import type { DrawBytes } from './randomness.ts'

declare const brand: unique symbol
/** Ten decimal digits, canonical, unique for ever (STP-1, 1). */
export type SerialNumber = string & { readonly [brand]: 'serial number' }

const DIGITS = 10
const FORM = /^[0-9]{10}$/

export type SerialRefusal = SymbolRefusal | { ok: false; error: 'serial' }
export type ParsedSerial = { ok: true; serial: SerialNumber } | SerialRefusal

/** Reads a serial number as it was typed, in any shape (STP-1, 1: read as a code is, and must then be ten decimal digits). */
export function parseSerialNumber(typed: string): ParsedSerial {
  const read = normalise(typed)
  if (!read.ok) return read
  return isSerialNumber(read.canonical) ? { ok: true, serial: read.canonical } : { ok: false, error: 'serial' }
}

/** Whether a text is a serial number in canonical form. */
export function isSerialNumber(text: string): text is SerialNumber {
  return FORM.test(text)
}

/** `04829-15736` */
export function printSerialNumber(serial: SerialNumber): string {
  return `${serial.slice(0, 5)}-${serial.slice(5)}`
}

/** Draws a serial number. That it is unique for ever is the server's to ensure: STP-1, 2. */
export function drawSerialNumber(draw: DrawBytes): SerialNumber {
  return drawDigits(draw, DIGITS) as SerialNumber
}

/** Uniform decimal digits: a byte of 250 or more is drawn again, so that no digit is likelier than another. */
export function drawDigits(draw: DrawBytes, count: number): string {
  if (count === 0) return ''
  const even = Array.from(draw(count)).filter((byte) => byte < 250)
  return even.map((byte) => byte % 10).join('') + drawDigits(draw, count - even.length)
}
