const SECOND = 1_000
const HOUR = 3_600_000
const DAY = 24 * HOUR

const FIRST_PAUSE_MS = 10 * SECOND
const LONGEST_PAUSE_MS = HOUR
const GIVE_UP_AFTER_MS = 3 * DAY

/** How long whoever claimed a message has it to itself: longer than a delivery takes, with all its time-outs. For so long a kill holds a mail back. */
export const LEASE_MS = 90 * SECOND
/** How long the payload of a message that left is kept. */
export const KEEP_SENT_MS = 7 * DAY

/** When a message is tried again after a delivery failed; undefined once it is given up. Times in milliseconds. */
export function nextTry(now: number, createdAt: number, attempts: number): number | undefined {
  const next = now + Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_PAUSE_MS)
  return next > createdAt + GIVE_UP_AFTER_MS ? undefined : next
}

/** Text that stands in one header line: whatever would end it, or turn its direction, is a space. */
export function inOneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_SUBJECT)
}

const LONGEST_SUBJECT = 200

/** Whether a text is one address and nothing else: no second recipient, no header, no name beside it. */
export function isAddress(text: string): boolean {
  return /^[^\s\p{Cc}\p{Cf}<>(),;:"\\[\]@]{1,64}@[^\s\p{Cc}\p{Cf}<>(),;:"\\[\]@]{1,255}$/u.test(text)
}
