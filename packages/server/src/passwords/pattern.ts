const ROWS = ['qwertyuiop', 'qwertzuiop', 'azertyuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm', '1234567890', 'abcdefghijklmnopqrstuvwxyz']
const NEIGHBOURS = new Set(
  ROWS.flatMap((row) => Array.from(row).flatMap((key, index) => [`${key}${row[index + 1]}`, `${row[index + 1]}${key}`])),
)
const FEWEST_STEPS = 6
const SHORTEST_RUN = 3
/** A run such as `abcdefg` is worth two characters: where it begins and where it ends. */
const WORTH_OF_RUN = 2

/** The shortest text that, written again and again and perhaps cut off, gives this one; the text itself if none shorter does so twice. */
export function smallestRepeat(text: string): string {
  for (let length = 1; length * 2 <= text.length; length += 1) {
    const unit = text.slice(0, length)
    if (unit.repeat(Math.ceil(text.length / length)).startsWith(text)) return unit
  }
  return text
}

/** Whether a text (lower case) is made of equal, following or neighbouring characters, with hardly anything beside: `aaaabbbb`, `abcdefg12345678`, `qwertyuiopasdfg`. */
export function isSequence(text: string): boolean {
  const characters = Array.from(text)
  let worth = 0
  let run = 1
  const endRun = () => {
    worth += run >= SHORTEST_RUN ? WORTH_OF_RUN : run
    run = 1
  }
  for (const [index, character] of characters.entries()) {
    if (index === 0) continue
    if (follows(characters[index - 1] ?? '', character)) run += 1
    else endRun()
  }
  endRun()
  return characters.length > 0 && worth < Math.min(FEWEST_STEPS, characters.length)
}

function follows(one: string, next: string): boolean {
  const step = (next.codePointAt(0) ?? 0) - (one.codePointAt(0) ?? 0)
  return Math.abs(step) <= 1 || NEIGHBOURS.has(one + next)
}
