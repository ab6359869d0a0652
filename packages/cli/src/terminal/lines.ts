import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { NoAnswer, type Person } from './person.ts'

/** Answers from a pipe: a line each, in the order in which a person would be asked. */
export function personBehind(input: Readable): Person & { close: () => void } {
  const reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  const lines = reader[Symbol.asyncIterator]()
  const next = async (what: string): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new NoAnswer(`standard input ended before a line with: ${what}`)
    return value
  }
  return { screen: undefined, askCode: ({ message }) => next(message), askSecret: (message) => next(message), close: () => reader.close() }
}
