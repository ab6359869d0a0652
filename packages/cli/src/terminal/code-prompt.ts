import { styleText } from 'node:util'
import { TextPrompt } from '@clack/core'
import { S_BAR, S_BAR_END, symbol } from '@clack/prompts'
import { normalise } from '@latchkey/protocol/codes/alphabet'
import { printCode } from '@latchkey/protocol/codes/code'
import type { CodeQuestion } from './person.ts'

/** A code's field: in groups while it is typed, whatever shape it is typed in, with what is wrong said at once. */
export function promptForCode(question: CodeQuestion, output: NodeJS.WriteStream): Promise<string | symbol | undefined> {
  return new TextPrompt({
    output,
    validate: (typed) => question.check(typed ?? ''),
    render() {
      const title = `${symbol(this.state)}  ${question.message}`
      // What was typed does not stay in the scroll-back: an activation code beside its registration code is the key.
      if (this.state === 'submit') return `${title}\n${bar()}  ${styleText('dim', '✓ typed right')}`
      if (this.state === 'cancel') return `${title}\n${bar()}`
      const typed = this.userInput
      return `${title}\n${bar()}  ${fieldOf(typed, this.cursor, question.length)}\n${styleText('yellow', S_BAR_END)}  ${statusOf(typed, question)}`
    },
  }).prompt()
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
