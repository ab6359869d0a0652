import { ALPHABET } from './alphabet.ts'

/** How a token behaves: the first symbol of its activation code says it (STP-1, 1). */
export type Profile = { digits: 6 | 8; pinMinimum: 6 | 8 }

const EIGHT_DIGITS = 1
const EIGHT_DIGIT_PIN = 2
const KNOWN = EIGHT_DIGITS | EIGHT_DIGIT_PIN

/** The profile that a symbol stands for; undefined (the error `profile`) if any bit but the two known ones is set. */
export function profileOf(symbol: string): Profile | undefined {
  const bits = symbol.length === 1 ? ALPHABET.indexOf(symbol) : -1
  if ((bits & ~KNOWN) !== 0) return undefined
  return { digits: bits & EIGHT_DIGITS ? 8 : 6, pinMinimum: bits & EIGHT_DIGIT_PIN ? 8 : 6 }
}

/** The symbol of a profile. */
export function profileSymbol(profile: Profile): string {
  return ALPHABET.charAt((profile.digits === 8 ? EIGHT_DIGITS : 0) | (profile.pinMinimum === 8 ? EIGHT_DIGIT_PIN : 0))
}
