/** Requests of one API key that are worked on at once, and that it has in a minute. A program that needs more has run away. */
export const MOST_AT_ONCE = 256
export const MOST_A_MINUTE = 600_000
const MINUTE_MS = 60_000
/** Keys that are counted at once; there are never so many that are good. */
const MOST_KEYS = 1_000

type Use = { atOnce: number; minute: number; asked: number }
/** What each API key asks of this process. Times are milliseconds since 1970. */
export type Uses = Map<string, Use>

/** Counts a request of a key; false if the key has no more for now. Each that is let in is let out by `leave`. */
export function enter(uses: Uses, key: string, at: number): boolean {
  const minute = Math.floor(at / MINUTE_MS)
  const use = uses.get(key) ?? { atOnce: 0, minute, asked: 0 }
  if (use.minute !== minute) {
    use.minute = minute
    use.asked = 0
  }
  if (use.atOnce >= MOST_AT_ONCE || use.asked >= MOST_A_MINUTE) return false
  use.atOnce += 1
  use.asked += 1
  if (uses.size >= MOST_KEYS) forgetIdle(uses)
  uses.set(key, use)
  return true
}

/** A request of a key was answered. */
export function leave(uses: Uses, key: string): void {
  const use = uses.get(key)
  if (use !== undefined) use.atOnce -= 1
}

function forgetIdle(uses: Uses): void {
  for (const [key, { atOnce }] of uses) if (atOnce === 0) uses.delete(key)
}
