import { normalise, type SymbolRefusal } from './alphabet.ts'
import { checkSymbols, type Suspect, suspectOf } from './check-symbols.ts'
import { KINDS, type Kind } from './kinds.ts'
import { profileOf } from './profile.ts'
import type { SerialNumber } from './serial-number.ts'

declare const brand: unique symbol
/** A code in canonical form whose check symbols hold beside its serial number. */
export type Code<K extends Kind> = string & { readonly [brand]: K }

/** Why a typed code is not one, in the order in which it is found (STP-1, 1, Reading). Nothing is counted for any of them. */
export type CodeRefusal =
  | SymbolRefusal
  | { ok: false; error: 'length'; length: number; expected: number }
  | { ok: false; error: 'typing'; suspect: Suspect }
  | { ok: false; error: 'profile' }
export type ParsedCode<K extends Kind> = { ok: true; code: Code<K> } | CodeRefusal

/** Reads a code of `kind` for the token `serial` as it was typed: any case, any separators, look-alikes mended (STP-1, 1). */
export function parseCode<K extends Kind>(kind: K, serial: SerialNumber, typed: string): ParsedCode<K> {
  const read = normalise(typed)
  if (!read.ok) return read
  const expected = KINDS[kind].length
  if (read.canonical.length !== expected) return { ok: false, error: 'length', length: read.canonical.length, expected }
  const suspect = suspectOf(kind, serial, read.canonical)
  if (suspect !== undefined) return { ok: false, error: 'typing', suspect }
  if (kind === 'activation' && profileOf(read.canonical.charAt(0)) === undefined) return { ok: false, error: 'profile' }
  return { ok: true, code: read.canonical as Code<K> }
}

/**
 * Makes a code of its body (canonical symbols without the check symbols).
 * @throws RangeError if the body has not the length of its kind.
 */
export function makeCode<K extends Kind>(kind: K, serial: SerialNumber, body: string): Code<K> {
  const expected = KINDS[kind].length - CHECK_SYMBOLS
  if (body.length !== expected) throw new RangeError(`the body of a code of kind ${kind} has ${expected} symbols, got ${body.length}`)
  return (body + checkSymbols(kind, serial, body)) as Code<K>
}

const CHECK_SYMBOLS = 2
const GROUP = /.{4}(?=.)/g

/** In groups of four: `FABM-R9V5`. */
export function printCode(code: string): string {
  return code.replace(GROUP, '$&-')
}
