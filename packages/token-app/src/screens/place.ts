import type { Code } from '@latchkey/protocol/codes/code'
import type { SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { ShownCode } from '@latchkey/soft-token/identity/show-code'
import type { Picture } from '@latchkey/soft-token/vault/pin-box'
import type { Link } from '../tickets/read-link.ts'
import type { Listing } from '../vault/vault.ts'

/** What came by ticket, or was typed before; `ticket` is handed in again with the registration code. */
export type Prefilled = { name: string; serial: string; code: string; ticket: string | undefined }
export type Ready = { label: string; serial: SerialNumber; code: Code<'activation'>; ticket: string | undefined }

/** Where the person is. A place is drawn from what it holds; nothing in it outlives its screen. */
export type Place =
  | { at: 'identities' }
  | { at: 'elsewhere'; ticket: string }
  | { at: 'ticket'; ticket: string }
  | { at: 'add'; prefilled: Prefilled | undefined; nameTaken: boolean }
  | { at: 'scan' }
  | { at: 'create-pin'; identity: Ready }
  | { at: 'registration'; serial: SerialNumber; picture: Picture | undefined; ticket: string | undefined }
  | { at: 'pin'; serial: SerialNumber }
  | { at: 'code'; serial: SerialNumber; shown: ShownCode }
  | { at: 'locked'; serial: SerialNumber; asked: boolean }
  | { at: 'new-pin'; serial: SerialNumber; pinMinimum: 6 | 8 }
  | { at: 'unlocked'; serial: SerialNumber; picture: Picture | undefined }
  | { at: 'rename' | 'details'; serial: SerialNumber }
  | { at: 'lost' | 'unreadable'; serial: SerialNumber }

/** Where an identity opens: at what is to be done with it next. */
export function placeOf(listing: Listing, serial: SerialNumber): Place {
  if (listing.lost.some((lost) => lost.serial === serial)) return { at: 'lost', serial }
  if (listing.unreadable.some((unreadable) => unreadable.serial === serial)) return { at: 'unreadable', serial }
  const identity = listing.identities.find((one) => one.serial === serial)
  switch (identity?.state) {
    case undefined:
      return { at: 'identities' }
    case 'registering':
      return { at: 'registration', serial, picture: undefined, ticket: undefined }
    case 'locked':
      return { at: 'locked', serial, asked: false }
    case 'active':
      return { at: 'pin', serial }
  }
}

/** The places at which an identity may be stayed at, by where it opens. What is not named here does not hang on that. */
const FITS: Partial<Record<Place['at'], readonly Place['at'][]>> = {
  pin: ['pin'],
  registration: ['registration'],
  lost: ['lost'],
  unreadable: ['unreadable'],
  rename: ['pin', 'registration', 'locked'],
  details: ['pin', 'registration', 'locked'],
}

/** Where the person is once the vault was read anew: at the same place, unless its identity has come to open elsewhere. */
export function stillAt(listing: Listing, place: Place): Place {
  if (!('serial' in place)) return place
  const due = placeOf(listing, place.serial)
  const fitting = place.at === 'locked' ? [place.asked ? 'pin' : 'locked'] : FITS[place.at]
  return fitting === undefined || fitting.includes(due.at) ? place : due
}

/** Where the app opens: straight to the only identity, else to the list of them. */
export function homeOf(listing: Listing): Place {
  const serials = [...listing.identities, ...listing.unreadable, ...listing.lost].map(({ serial }) => serial)
  const [only] = serials
  return serials.length === 1 && only !== undefined ? placeOf(listing, only) : { at: 'identities' }
}

/** Where a link leads. On an iPhone a link opens in the browser, which shares nothing with the installed app: nothing is done there. */
export function placeOfLink(link: Link, browserOnIos: boolean): Place | undefined {
  if (link.kind !== 'ticket') return undefined
  return { at: browserOnIos ? 'elsewhere' : 'ticket', ticket: link.ticket }
}

/**
 * Whether something is under way that an update is not to interrupt. What the vault holds is there after it as before: a registration code that is
 * not being handed in, and a PIN reset code, hold up none.
 */
export function isStep(place: Place): boolean {
  const { at } = place
  if (at === 'registration') return place.ticket !== undefined
  return at === 'ticket' || at === 'add' || at === 'create-pin' || at === 'new-pin' || at === 'code'
}

/** A name that no other identity has: `Work`, `Work 2`. */
export function freeName(listing: Listing, wanted: string): string {
  const taken = new Set(listing.identities.map(({ label }) => label))
  if (wanted === '' || !taken.has(wanted)) return wanted
  for (let number = 2; ; number += 1) if (!taken.has(`${wanted} ${number}`)) return `${wanted} ${number}`
}
