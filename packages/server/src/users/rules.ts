import { domainToASCII, domainToUnicode } from 'node:url'
import { fold } from './fold.ts'

export type Read<Reason extends string> = { ok: true; canonical: string; shown: string } | { ok: false; reason: Reason }
export type NameRefusal = 'empty' | 'too-long' | 'characters'
export type AddressRefusal = 'empty' | 'too-long' | 'form'

export const LONGEST_NAME = 64
export const LONGEST_DISPLAY_NAME = 100
const LONGEST_ADDRESS = 254
const LONGEST_LOCAL_PART = 64
/** Whoever types more than this is not looked at any closer. */
const LONGEST_TYPED = 1_024

/** Letters, digits and marks of any script, and between them `. _ - + @ '`; a letter or digit first. No spaces, nothing invisible. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._\-+@']*$/u
/** Invisible, or changes how its neighbours are shown. Control, format and unassigned characters, private use, surrogates, line ends. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const LOCAL_PART = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u
const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

/** A login name as it was typed. The canonical one is compared and stored. */
export function readName(typed: string): Read<NameRefusal> {
  const refusal = refuseShape(typed, LONGEST_NAME)
  if (refusal !== undefined) return { ok: false, reason: refusal }
  const canonical = fold(typed.trim())
  if (codePoints(canonical) > LONGEST_NAME) return { ok: false, reason: 'too-long' }
  if (UNSEEN.test(canonical) || !NAME.test(canonical)) return { ok: false, reason: 'characters' }
  return { ok: true, canonical, shown: canonical }
}

/** A name to be shown: anything but what cannot be seen. */
export function readDisplayName(typed: string): Read<NameRefusal> {
  const refusal = refuseShape(typed, LONGEST_DISPLAY_NAME)
  if (refusal !== undefined) return { ok: false, reason: refusal }
  const shown = typed.normalize('NFC').trim()
  if (UNSEEN.test(shown)) return { ok: false, reason: 'characters' }
  return { ok: true, canonical: fold(shown), shown }
}

/** A mail address (RFC 5321, 4.5.3.1; RFC 6531). The canonical one is folded, its domain in ASCII; mail goes to the shown one. */
export function readAddress(typed: string): Read<AddressRefusal> {
  const shown = typed.length > LONGEST_TYPED ? '' : typed.normalize('NFC').trim()
  if (typed.trim() === '') return { ok: false, reason: 'empty' }
  if (shown === '' || shown.length > LONGEST_ADDRESS) return { ok: false, reason: 'too-long' }
  const at = shown.lastIndexOf('@')
  const local = shown.slice(0, Math.max(at, 0))
  const domain = domainToASCII(shown.slice(at + 1)).toLowerCase()
  if (UNSEEN.test(shown) || local.length > LONGEST_LOCAL_PART || !LOCAL_PART.test(local) || !DOMAIN.test(domain))
    return { ok: false, reason: 'form' }
  return { ok: true, canonical: `${fold(local)}@${domain}`, shown }
}

function refuseShape(typed: string, longest: number): 'empty' | 'too-long' | undefined {
  if (typed.length > LONGEST_TYPED) return 'too-long'
  const length = codePoints(typed.trim())
  if (length === 0) return 'empty'
  return length > longest ? 'too-long' : undefined
}

function codePoints(text: string): number {
  return Array.from(text).length
}

/** A language's tag (BCP 47) in its canonical form; undefined if it is none. */
export function readLocale(typed: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(typed)[0]
  } catch {
    return undefined
  }
}

/** The name of a time zone (IANA) in its canonical spelling; undefined if there is none of that name. An offset is no zone. */
export function readTimeZone(typed: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(typed)) return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone: typed }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

/** Every spelling under which a name and an address could be taken for each other. */
export function spellingsOf(typed: string): string[] {
  const folded = fold(typed.trim())
  const address = readAddress(typed)
  if (!address.ok) return [folded]
  const at = address.canonical.lastIndexOf('@') + 1
  const inUnicode = fold(address.canonical.slice(0, at) + domainToUnicode(address.canonical.slice(at)))
  return [...new Set([folded, address.canonical, inUnicode])]
}

const DAY_MS = 24 * 3_600_000

/** From when a newly verified address may prove a recovery: the first that the account ever had at once, later ones after some days. */
export function recoveryFrom(at: number, everVerified: boolean, newAddressAfterDays: number): number {
  return everVerified ? at + newAddressAfterDays * DAY_MS : at
}
