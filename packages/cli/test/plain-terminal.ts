/** What a terminal shows, and what has left its screen and may be scrolled back to. */
export type Shown = { screen: string[]; scrolledOff: string[] }

/** A control sequence with its parameters and its final letter, another escape, or a character. */
const ESCAPES = new RegExp(String.raw`${'\u001b'}\[([?0-9;]*)([A-Za-z])|${'\u001b'}.|[\s\S]`, 'gu')

/**
 * What is left of everything that was written, on a terminal that has no other screen, and that keeps what is cleared from its first place on,
 * as tmux does. A character is one wide.
 */
export function shownBy(written: string, rows: number, columns: number): Shown {
  const screen = Array.from({ length: rows }, () => new Array<string>(columns).fill(' '))
  const scrolledOff: string[] = []
  let [row, column, wraps] = [0, 0, true]
  const text = (line: readonly string[]): string => line.join('').trimEnd()
  const scroll = (): void => {
    scrolledOff.push(text(screen.shift() ?? []))
    screen.push(new Array<string>(columns).fill(' '))
  }
  const feed = (): void => {
    if (row === rows - 1) scroll()
    else row += 1
  }
  const print = (character: string): void => {
    if (column === columns && wraps) {
      column = 0
      feed()
    }
    const line = screen[row]
    if (line !== undefined) line[Math.min(column, columns - 1)] = character
    column = Math.min(column + 1, columns)
  }
  const clearBelow = (): void => {
    if (row === 0 && column === 0) scrolledOff.push(...screen.map(text))
    screen[row]?.fill(' ', column)
    for (const line of screen.slice(row + 1)) line.fill(' ')
  }
  const controls: Record<string, (far: number, second: number, parameters: string) => void> = {
    H: (far, second) => {
      row = Math.min(far, rows) - 1
      column = Math.min(second, columns) - 1
    },
    A: (far) => {
      row = Math.max(0, row - far)
    },
    B: (far) => {
      row = Math.min(rows - 1, row + far)
    },
    C: (far) => {
      column = Math.min(columns - 1, column + far)
    },
    D: (far) => {
      column = Math.max(0, column - far)
    },
    G: (far) => {
      column = Math.min(far, columns) - 1
    },
    J: clearBelow,
    K: (_far, _second, parameters) => screen[row]?.fill(' ', parameters === '2' ? 0 : Math.min(column, columns - 1)),
    h: (_far, _second, parameters) => {
      if (parameters === '?7') wraps = true
    },
    l: (_far, _second, parameters) => {
      if (parameters === '?7') wraps = false
    },
  }
  const control = (parameters: string, final: string): void => {
    const [first, second] = parameters.split(';').map((number) => Math.max(1, Number(number) || 1))
    controls[final]?.(first ?? 1, second ?? 1, parameters)
  }
  for (const [whole, parameters, final] of written.matchAll(ESCAPES)) {
    if (final !== undefined) control(parameters ?? '', final)
    else if (whole === '\r') column = 0
    else if (whole === '\n') feed()
    else if (whole >= ' ') print(whole)
  }
  return { screen: screen.map(text), scrolledOff }
}
