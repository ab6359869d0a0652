import { sayDuration } from '../texts/say-duration.ts'
import type { Said } from '../texts/texts.ts'
import { t } from '../texts/texts.ts'

/** Beyond this a code may be refused: the server takes one step of 30 s on either side, and a person takes time to type. */
const WRONG_BY_MS = 30_000

/** Whether codes may be refused for it. `ahead` in ms; behind is negative. */
export function isClockWrong(ahead: number | undefined): ahead is number {
  return ahead !== undefined && Math.abs(ahead) > WRONG_BY_MS
}

export function sayClock(ahead: number | undefined): Said {
  if (ahead === undefined) return { text: 'clock.unreachable' }
  if (!isClockWrong(ahead)) return { text: 'clock.right' }
  return { text: 'clock.wrong', values: { time: sayDuration(Math.abs(ahead)), direction: t(ahead > 0 ? 'clock.fast' : 'clock.slow') } }
}
