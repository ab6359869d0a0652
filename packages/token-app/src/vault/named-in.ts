import type { Listing, Lost } from './vault.ts'

/** All that a listing names, readable or not, there or lost. A label that nobody knows is no label. */
export function namedIn({ identities, unreadable, lost }: Listing): Lost[] {
  const labelled = unreadable.flatMap(({ serial, label }) => (label === undefined ? [] : [{ serial, label }]))
  return [...identities.map(({ serial, label }) => ({ serial, label })), ...labelled, ...lost]
}
