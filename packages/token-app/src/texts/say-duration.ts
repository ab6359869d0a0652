import { t } from './texts.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** A time in words, rounded up: `40 seconds`, `3 minutes`. */
export function sayDuration(ms: number): string {
  const upTo = (size: number): number => Math.max(1, Math.ceil(ms / size))
  if (ms < 2 * MINUTE_MS) return t('duration.seconds', { n: upTo(SECOND_MS) })
  if (ms < 2 * HOUR_MS) return t('duration.minutes', { n: upTo(MINUTE_MS) })
  return ms < 2 * DAY_MS ? t('duration.hours', { n: upTo(HOUR_MS) }) : t('duration.days', { n: upTo(DAY_MS) })
}
