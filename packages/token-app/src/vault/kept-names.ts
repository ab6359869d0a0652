import { isSerialNumber, type SerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Listing, Lost } from './vault.ts'

const KEPT = 'latchkey.known'

/**
 * The names of the identities once more, where a browser that clears the vault and its database may leave them; nothing of it is secret.
 * Gives the listing back with those lost that only this place knows of.
 */
export function withKeptNames(listing: Listing): Listing {
  const { identities, unreadable, lost } = listing
  const known = new Set([...identities, ...unreadable, ...lost].map(({ serial }) => serial))
  const all = [...lost, ...keptNames().filter(({ serial }) => !known.has(serial))]
  const named = unreadable.flatMap(({ serial, label }) => (label === undefined ? [] : [{ serial, label }]))
  keep([...identities, ...named, ...all])
  return { identities, unreadable, lost: all }
}

export function forgetName(serial: SerialNumber): void {
  keep(keptNames().filter((kept) => kept.serial !== serial))
}

function keptNames(): Lost[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isLost) : []
  } catch {
    return []
  }
}

function keep(names: readonly Lost[]): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(names.map(({ serial, label }) => ({ serial, label }))))
  } catch {
    // A reminder only: without it a loss is told as an empty app.
  }
}

function isLost(entry: unknown): entry is Lost {
  if (typeof entry !== 'object' || entry === null || !('serial' in entry) || !('label' in entry)) return false
  return typeof entry.serial === 'string' && isSerialNumber(entry.serial) && typeof entry.label === 'string'
}
