import { emitKeypressEvents } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters, styleText } from 'node:util'
import { canErase, sizeOf } from './abilities.ts'
import { type Ending, listenForEnding } from './ending.ts'

/** What is on the screen while a code is: `linesAt` gives the lines for a moment, undefined when it is over. */
export type View = { linesAt: (now: number) => Lines | undefined }
/** `core` is what must be seen: where there is no room for everything, all the rest gives way. */
export type Lines = { above: string[]; core: string; below: string[] }

const REDRAW_MS = 250
const END_KEYS = new Set(['return', 'escape', 'q', 'space'])

/**
 * Shows a view that changes by itself until it is over or the person presses Enter, Space, Q, Escape or Ctrl-C; then nothing of it stays on a screen that
 * can erase.
 * @returns whether it was over by itself
 */
export async function showLive(view: View): Promise<boolean> {
  const ending = listenForEnd()
  const place = canErase() ? otherScreen() : paper()
  process.stdout.write(place.begin)
  try {
    for (;;) {
      const lines = view.linesAt(Date.now())
      if (lines === undefined) return true
      if (ending.isAsked()) return false
      process.stdout.write(place.draw(lines))
      await Promise.race([pause(REDRAW_MS), ending.asked])
    }
  } finally {
    ending.close()
    process.stdout.write(place.end())
  }
}

/** The terminal's other screen has no scroll-back. Lines do not wrap on it: one that is too long is cut. */
const OTHER_SCREEN = '\u001b[?1049h\u001b[?7l\u001b[?25l'
const FIRST_SCREEN = '\u001b[?25h\u001b[?7h\u001b[?1049l'
const TOP = '\u001b[H'
const CLEAR_LINE = '\u001b[2K'

/** Where a view is shown: what is to be written before it, for it, and after it. */
type Place = { begin: string; draw: (lines: Lines) => string; end: () => string }

function otherScreen(): Place {
  return {
    begin: OTHER_SCREEN,
    draw: (lines) => drawn(fitting(lines, sizeOf(process.stdout))),
    end: () => drawn([]) + FIRST_SCREEN,
  }
}

/** A terminal in an editor, say: nothing is taken back there, so it is written once, and that is said. */
function paper(): Place {
  let isWritten = false
  const draw = ({ above, core, below }: Lines): string => {
    if (isWritten) return ''
    isWritten = true
    return `${[...above, core, ...below].join('\n')}\n  This terminal cannot erase: clear it, scroll-back and all, when you are done.\n`
  }
  return { begin: '', draw, end: () => '' }
}

/**
 * Every row of the screen anew, in place: on a terminal without another screen nothing must scroll, and what is cleared as a whole, some
 * (tmux among them) keep.
 */
function drawn(lines: readonly string[]): string {
  return TOP + Array.from({ length: sizeOf(process.stdout).rows }, (_, row) => CLEAR_LINE + (lines[row] ?? '')).join('\r\n') + TOP
}

/** As much as there is room for: blank lines go first, then what is above the core, then the last lines. */
function fitting({ above, core, below }: Lines, { rows, columns }: ReturnType<typeof sizeOf>): string[] {
  const plain = stripVTControlCharacters(core)
  const seen = plain.length <= columns ? [core] : plain.trim().length <= columns ? [core.trim()] : plain.trim().split(/\s+/)
  const all = [...above, ...seen, ...below]
  if (all.length <= rows) return all
  const full = all.filter((line) => line !== '')
  return full.length <= rows ? full : [...seen, ...below.filter((line) => line !== '')].slice(0, rows)
}

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
