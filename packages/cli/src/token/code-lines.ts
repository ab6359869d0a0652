import { styleText } from 'node:util'
import type { ShownCode } from '@latchkey/soft-token/identity/show-code'
import { barOf } from '../terminal/live-view.ts'
import { standingOut } from '../terminal/output.ts'
import { sayPicture } from '../terminal/pictures.ts'

const STEP_SECONDS = 30
const WHOLE_SECONDS = 60

/** The code in groups of three or four, its picture, and the seconds that it is still good for; undefined when they are over. */
export function linesOfCode(label: string, shown: ShownCode, note: string | undefined, now: number): string[] | undefined {
  const left = Math.ceil((shown.shownUntil - now) / 1000)
  if (left <= 0) return undefined
  return [
    '',
    `  ${label}`,
    '',
    `  ${standingOut(groupsOf(shown.code))}`,
    `  ${barOf(left, WHOLE_SECONDS)} ${left} ${left === 1 ? 'second' : 'seconds'}`,
    '',
    `  ${sayPicture(shown.picture, process.env)}`,
    `  ${styleText('dim', 'Not your picture? Then it was not your PIN.')}`,
    '',
    `  ${styleText('dim', [note, 'Enter: done'].filter(Boolean).join('  '))}`,
  ]
}

/** Until the code may be shown: a third entry within half a minute waits for its step (STP-1, 3). */
export function linesOfWait(label: string, shown: ShownCode, now: number): string[] | undefined {
  const left = Math.ceil((shown.shownFrom - now) / 1000)
  if (left <= 0) return undefined
  return [
    '',
    `  ${label}`,
    '',
    '  The next code is ready in',
    `  ${barOf(left, STEP_SECONDS)} ${left} seconds`,
    '',
    `  ${styleText('dim', 'Enter: leave')}`,
  ]
}

/** The picture of a PIN that was just chosen, until the person knows it. */
export function linesOfPicture(picture: string): string[] {
  return [
    '',
    '  Your picture',
    '',
    `  ${picture}`,
    '',
    '  Your PIN always shows these two; others mean that it was not your PIN.',
    `  ${styleText('dim', 'Enter: I know them')}`,
    '',
  ]
}

function groupsOf(code: string): string {
  const half = code.length / 2
  return `${code.slice(0, half)} ${code.slice(half)}`
}
