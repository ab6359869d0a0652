import type { Config } from '../config.ts'
import type { SessionKind } from '../db/columns.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Self-administration is a matter of minutes; enrolment may be read and thought about. */
const SELF_ADMINISTRATION_MS = 10 * MINUTE_MS

/** For how long a second factor is fresh enough to change factors by (security.md). */
export const FRESH_MS = 10 * MINUTE_MS
/** Being seen is written down this often at most. */
export const SEEN_EVERY_MS = MINUTE_MS

/** How long a session lasts at most, and how long unused. */
export function lifetimeOf(kind: SessionKind, settings: Config['session']): { wholeMs: number; idleMs: number } {
  if (kind === 'self-administration' || kind === 'password-reset')
    return { wholeMs: SELF_ADMINISTRATION_MS, idleMs: SELF_ADMINISTRATION_MS }
  return { wholeMs: settings.hours * HOUR_MS, idleMs: settings.idleMinutes * MINUTE_MS }
}
