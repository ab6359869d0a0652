import type { Readable } from 'node:stream'
import { NoAnswer, type Person } from './person.ts'

/** Longer than anything that is asked for, in characters. */
const LONGEST_LINE = 4096

/** Answers from a pipe: a line each, in the order in which a person would be asked. */
export function personBehind(input: Readable): Person & { close: () => void } {
  const lines = linesOf(input)
  const next = async (what: string): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new NoAnswer(`standard input ended before a line with: ${what}`)
    return value
  }
  const close = (): void => {
    input.destroy()
  }
  return { screen: undefined, askCode: ({ message }) => next(message), askSecret: (message) => next(message), close }
}

/** Lines end with a line feed, before which a carriage return may stand; nothing else ends one. */
async function* linesOf(input: Readable): AsyncGenerator<string, undefined> {
  let rest = ''
  for await (const chunk of input.setEncoding('utf8')) {
    rest += chunk
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.slice(0, end).replace(/\r$/, '')
      rest = rest.slice(end + 1)
    }
    if (rest.length > LONGEST_LINE) throw new NoAnswer(`a line on standard input has more than ${LONGEST_LINE} characters`)
  }
  if (rest !== '') yield rest.replace(/\r$/, '')
  return undefined
}
