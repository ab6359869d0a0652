import { emitKeypressEvents } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { styleText } from 'node:util'
import { type Ending, listenForEnding } from './ending.ts'

/** What is on the screen while a code is: `codeAt` gives the lines for a moment, undefined when it is over. */
export type View = { linesAt: (now: number) => string[] | undefined }

const REDRAW_MS = 250
const END_KEYS = new Set(['return', 'escape', 'q', 'space'])

/**
 * Shows a view that changes by itself until it is over or the person presses Enter, Space, Q, Escape or Ctrl-C; then nothing of it stays on the screen.
 * @returns whether it was over by itself
 */
export async function showLive(view: View): Promise<boolean> {
  const ending = listenForEnd()
  process.stdout.write(OTHER_SCREEN)
  try {
    for (;;) {
      const lines = view.linesAt(Date.now())
      if (lines === undefined) return true
      if (ending.isAsked()) return false
      process.stdout.write(`${FROM_THE_TOP}${lines.join('\r\n')}`)
      await Promise.race([pause(REDRAW_MS), ending.asked])
    }
  } finally {
    ending.close()
    process.stdout.write(FIRST_SCREEN)
  }
}

/** The terminal's other screen has no scroll-back: the code and the picture are gone when the first one is back. */
const OTHER_SCREEN = '\u001b[?1049h\u001b[?25l'
const FIRST_SCREEN = '\u001b[?25h\u001b[?1049l'
const FROM_THE_TOP = '\u001b[H\u001b[0J'

/** A key, a signal, or a terminal that is gone. */
function listenForEnd(): Ending {
  const ending = listenForEnding()
  const onKey = (_text: string | undefined, key: { name?: string; ctrl?: boolean }): void => {
    if (END_KEYS.has(key.name ?? '') || (key.ctrl === true && key.name === 'c')) ending.ask()
  }
  emitKeypressEvents(process.stdin)
  process.stdin.on('error', ending.ask).setRawMode(true).resume().on('keypress', onKey)
  const close = (): void => {
    process.stdin.off('keypress', onKey).setRawMode(false).pause().off('error', ending.ask)
    ending.close()
  }
  return { ...ending, close }
}

const BAR_WIDTH = 30

/** A bar that empties: `left` and `whole` in the same unit. */
export function barOf(left: number, whole: number): string {
  const full = Math.round((Math.max(0, Math.min(left, whole)) / whole) * BAR_WIDTH)
  return styleText('yellow', '━'.repeat(full)) + styleText('dim', '━'.repeat(BAR_WIDTH - full))
}
