import type { Site } from '../browser/site.ts'
import type { Said } from '../texts/texts.ts'
import type { Listing, Vault } from '../vault/vault.ts'
import type { Place } from './place.ts'

/** What every screen has before it. */
export type Desk = {
  vault: Vault
  listing: Listing
  site: Site | undefined
  go: (place: Place) => void
  /** Reads the vault anew, then goes where `to` says, or home; with something to say there. */
  settle: (to?: (listing: Listing) => Place, told?: { kind: 'done' | 'note'; said: Said }) => Promise<void>
}
