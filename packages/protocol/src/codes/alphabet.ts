/** Crockford Base32: 32 symbols, none of I, L, O and U. The value of a symbol is its place (STP-1, 1). */
export const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** What a reader makes of a character: white space and dashes are dropped, look-alikes are mended, case is folded. */
const LOOK_ALIKE: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' }
const SEPARATOR = /^[\p{White_Space}\p{Pd}]$/u
const ASCII_LETTER = /^[a-z]$/

/** `at` counts code points from 0 in what was typed. */
export type SymbolRefusal = { ok: false; error: 'symbol'; at: number }
export type Normalised = { ok: true; canonical: string } | SymbolRefusal

/**
 * Brings what a person typed into canonical form: upper case, no separators (STP-1, 1).
 * Any character outside the alphabet and its aliases is refused with its place.
 */
export function normalise(typed: string): Normalised {
  let canonical = ''
  let at = 0
  for (const character of typed) {
    if (!SEPARATOR.test(character)) {
      const symbol = symbolFor(character)
      if (symbol === undefined) return { ok: false, error: 'symbol', at }
      canonical += symbol
    }
    at += 1
  }
  return { ok: true, canonical }
}

/** Only ASCII letters are folded: `toUpperCase` alone would take ſ for S. */
function symbolFor(character: string): string | undefined {
  const folded = ASCII_LETTER.test(character) ? character.toUpperCase() : character
  const symbol = LOOK_ALIKE[folded] ?? folded
  return symbol.length === 1 && ALPHABET.includes(symbol) ? symbol : undefined
}

/** The values 0 to 31 of a canonical text's symbols. */
export function valuesOf(canonical: string): number[] {
  return Array.from(canonical, (symbol) => ALPHABET.indexOf(symbol))
}

/** The canonical text of values 0 to 31. */
export function symbolsOf(values: readonly number[]): string {
  return values.map((value) => ALPHABET.charAt(value)).join('')
}
