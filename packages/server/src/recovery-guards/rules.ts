const FREE_FAILURES = 5
const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 3_600_000

/** How long the next proof waits once this many were wrong in a row: none for four, then 30 s, 1 min, 2 min … 1 h. */
export function waitAfter(wrong: number): number {
  if (wrong < FREE_FAILURES) return 0
  return Math.min(FIRST_WAIT_MS * 2 ** (wrong - FREE_FAILURES), LONGEST_WAIT_MS)
}
