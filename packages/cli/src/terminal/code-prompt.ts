import { stripVTControlCharacters, styleText } from 'node:util'
import { type State, TextPrompt } from '@clack/core'
import { S_BAR, S_BAR_END, symbol } from '@clack/prompts'
import { normalise } from '@latchkey/protocol/codes/alphabet'
import { printCode } from '@latchkey/protocol/codes/code'
import { sizeOf } from './abilities.ts'
import type { CodeQuestion } from './person.ts'

/** A code's field: in groups while it is typed, whatever shape it is typed in, with what is wrong said at once. */
export function promptForCode(question: CodeQuestion, output: NodeJS.WriteStream): Promise<string | symbol | undefined> {
  let drawn = { state: '', height: 0 }
  return new TextPrompt({
    output,
    validate: (typed) => question.check(typed ?? ''),
    render() {
      const { rows, columns } = sizeOf(output)
      // The library clears what it draws anew as a whole, and that some terminals keep: what was typed is cleared in place before.
      if (drawn.state !== this.state) output.write(clearedUpwards(drawn.height))
      const whole = frameOf(this.state, this.userInput, this.cursor, question)
      // Nor may it leave a small screen at the top: then the field stands alone.
      const frame = heightOf(whole, columns) <= rows ? whole : whole.slice(1, 2)
      drawn = { state: this.state, height: heightOf(frame, columns) }
      return frame.join('\n')
    },
  }).prompt()
}

function frameOf(state: State, typed: string, cursor: number, question: CodeQuestion): string[] {
  const title = `${symbol(state)}  ${question.message}`
  // What was typed does not stay in the scroll-back: an activation code beside its registration code is the key.
  if (state === 'submit') return [title, `${bar()}  ${styleText('dim', '✓ typed right')}`]
  if (state === 'cancel') return [title, bar()]
  return [title, `${bar()}  ${fieldOf(typed, cursor, question.length)}`, `${styleText('yellow', S_BAR_END)}  ${statusOf(typed, question)}`]
}

/** In rows, of which a long line takes several. */
function heightOf(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns)), 0)
}

/** Clears so many rows, the cursor's and those above it, and leaves the cursor where it was. */
function clearedUpwards(height: number): string {
  const above = Math.max(0, height - 1)
  return height === 0 ? '' : `\u001b[2K${'\u001b[A\u001b[2K'.repeat(above)}${'\u001b[B'.repeat(above)}`
}

function bar(): string {
  return styleText('gray', S_BAR)
}

/** While the cursor is at the end, the groups; inside, the text as it was typed, so that it can be mended. */
function fieldOf(typed: string, cursor: number, length: number): string {
  if (cursor < typed.length) {
    return `${typed.slice(0, cursor)}${styleText('inverse', typed.charAt(cursor))}${typed.slice(cursor + 1)}`
  }
  const read = normalise(typed)
  if (!read.ok) {
    const characters = Array.from(typed)
    const wrong = styleText(['red', 'underline'], characters[read.at] ?? '')
    return `${characters.slice(0, read.at).join('')}${wrong}${characters.slice(read.at + 1).join('')}${styleText('inverse', ' ')}`
  }
  const missing = printCode(read.canonical.padEnd(length, '·')).slice(printCode(read.canonical).length)
  return `${printCode(read.canonical)}${styleText('inverse', missing.charAt(0) || ' ')}${styleText('dim', missing.slice(1))}`
}

/** Until the code is long enough only a wrong character is worth a word. */
function statusOf(typed: string, question: CodeQuestion): string {
  const read = normalise(typed)
  const wrong = question.check(typed)
  if (read.ok && read.canonical.length < question.length)
    return styleText('dim', `${read.canonical.length} of ${question.length} characters`)
  return wrong === undefined ? styleText('green', '✓ This code is typed right.') : styleText('yellow', wrong)
}
