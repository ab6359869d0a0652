import { styleText } from 'node:util'
import type { ShownCode } from '@latchkey/soft-token/identity/show-code'
import { barOf, type Lines } from '../terminal/live-view.ts'
import { standingOut } from '../terminal/output.ts'
import { sayPicture } from '../terminal/pictures.ts'

const STEP_SECONDS = 30
const WHOLE_SECONDS = 60

/** The code in groups of three or four, its picture, and the seconds that it is still good for; undefined when they are over. */
export function linesOfCode(label: string, shown: ShownCode, note: string | undefined, now: number): Lines | undefined {
  const left = Math.ceil((shown.shownUntil - now) / 1000)
  if (left <= 0) return undefined
  return {
    above: ['', `  ${label}`, ''],
    core: `  ${standingOut(groupsOf(shown.code))}`,
    below: [
      `  ${secondsOf(left)} ${barOf(left, WHOLE_SECONDS)}`,
      '',
      `  ${sayPicture(shown.picture, process.env)}`,
      `  ${styleText('dim', 'Not your picture? Then it was not your PIN.')}`,
      '',
      `  ${styleText('dim', [note, 'Enter: done'].filter(Boolean).join('  '))}`,
    ],
  }
}

/** Until the code may be shown: a third entry within half a minute waits for its step (STP-1, 3). */
export function linesOfWait(label: string, shown: ShownCode, now: number): Lines | undefined {
  const left = Math.ceil((shown.shownFrom - now) / 1000)
  if (left <= 0) return undefined
  return {
    above: ['', `  ${label}`, '', '  The next code is ready in'],
    core: `  ${secondsOf(left)}`,
    below: [`  ${barOf(left, STEP_SECONDS)}`, '', `  ${styleText('dim', 'Enter: leave')}`],
  }
}

/** The picture of a PIN that was just chosen, until the person knows it. */
export function linesOfPicture(picture: string): Lines {
  return {
    above: ['', '  Your picture', ''],
    core: `  ${picture}`,
    below: [
      '',
      '  Your PIN always shows these two; others mean that it was not your PIN.',
      `  ${styleText('dim', 'Enter: I know them')}`,
      '',
    ],
  }
}

/** The seconds stand before their bar: where there is no room, the bar is cut. */
function secondsOf(left: number): string {
  return `${left} ${left === 1 ? 'second' : 'seconds'}`.padEnd('99 seconds'.length)
}

function groupsOf(code: string): string {
  const half = code.length / 2
  return `${code.slice(0, half)} ${code.slice(half)}`
}
