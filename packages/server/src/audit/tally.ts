/** How many decisions of a kind there were. */
export type Tally = { action: string; outcome: string; count: number }

/** Counts decisions by action and outcome. */
export function tally(events: readonly { action: string; outcome: string }[]): Tally[] {
  const kinds = new Map<string, Tally>()
  for (const { action, outcome } of events) {
    const kind = `${action} ${outcome}`
    kinds.set(kind, { action, outcome, count: (kinds.get(kind)?.count ?? 0) + 1 })
  }
  return [...kinds.values()]
}
