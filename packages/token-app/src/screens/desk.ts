import type { Site } from '../browser/site.ts'
import type { Said } from '../texts/texts.ts'
import type { Listing, Vault } from '../vault/vault.ts'
import type { Place } from './place.ts'

/** How a person is led on. Whoever left the screen that began it stays where they went. */
export type Moves = {
  go: (place: Place) => void
  /** Reads the vault anew, then goes where `to` says, or home; with something to say there. */
  settle: (to?: (listing: Listing) => Place, told?: { kind: 'done' | 'note'; said: Said }) => Promise<void>
}

/** What every screen has before it. */
export type Desk = Moves & {
  vault: Vault
  listing: Listing
  site: Site | undefined
  /** Whether the person is still at this screen. */
  isHere: () => boolean
  /** Reads the vault anew, and stays; unless what the screen is about has changed: then it goes where that leads, and `said` is told there. */
  reread: (said?: Said) => Promise<void>
}
