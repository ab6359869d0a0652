import { type Code, makeCode } from '../codes/code.ts'
import { leadingSymbols } from '../codes/leading-bits.ts'
import { type Profile, profileOf, profileSymbol } from '../codes/profile.ts'
import type { DrawBytes } from '../codes/randomness.ts'
import type { SerialNumber } from '../codes/serial-number.ts'

/** 17 random symbols: 85 bits. */
const RANDOM_SYMBOLS = 17
const RANDOM_BYTES = 11
/** The profile and the random symbols: what enters root. */
const SECRET_SYMBOLS = 18

/** The server draws an activation code for a new serial number (STP-1, 2, step 1). */
export function drawActivationCode(serial: SerialNumber, profile: Profile, draw: DrawBytes): Code<'activation'> {
  return makeCode('activation', serial, profileSymbol(profile) + leadingSymbols(draw(RANDOM_BYTES), RANDOM_SYMBOLS))
}

/** The part of an activation code that enters root. */
export function secretOf(code: Code<'activation'>): string {
  return code.slice(0, SECRET_SYMBOLS)
}

/**
 * The profile that an activation code names.
 * @throws RangeError for a code that was not parsed: parsing refuses an unknown profile.
 */
export function profileOfCode(code: Code<'activation'>): Profile {
  const profile = profileOf(code.charAt(0))
  if (profile === undefined) throw new RangeError('an activation code with an unknown profile')
  return profile
}
