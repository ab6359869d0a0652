import { isSerialNumber } from '@latchkey/protocol/codes/serial-number'
import type { Lost } from './vault.ts'

const PLACE = 'latchkey.known'

/** What this page's own small storage knows of identities: browsers that take the vault away may leave it. Serial numbers and names, no more. */
export function remembered(): Lost[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(PLACE) ?? '[]')
    return Array.isArray(stored) ? stored.filter(isLost) : []
  } catch {
    // Not allowed, or written by something else: nothing is remembered.
    return []
  }
}

/** A second memory that cannot be written is no reason to refuse what a person does. */
export function remember(all: readonly Lost[]): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify(all.map(({ serial, label }) => ({ serial, label }))))
  } catch {
    // The list in the vault's database is the first.
  }
}

function isLost(entry: unknown): entry is Lost {
  if (typeof entry !== 'object' || entry === null || !('serial' in entry) || !('label' in entry)) return false
  return typeof entry.label === 'string' && typeof entry.serial === 'string' && isSerialNumber(entry.serial)
}
