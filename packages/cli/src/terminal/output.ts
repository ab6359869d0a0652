import { styleText } from 'node:util'

/** One line on standard error; control characters that a name or a message may hold are made harmless. */
export function sayError(line: string): void {
  process.stderr.write(`latchkey: ${line.replaceAll(/\p{Cc}+/gu, ' ')}\n`)
}

/** One JSON value on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

export function printLines(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}

/** A name beside its value, as `details` shows them. */
export function labelled(label: string, value: string): string {
  return `${styleText('dim', label.padEnd(18), { stream: process.stdout })} ${value}`
}

/** A code to be copied by hand. */
export function standingOut(text: string): string {
  return styleText(['bold', 'yellow'], text, { stream: process.stdout })
}
