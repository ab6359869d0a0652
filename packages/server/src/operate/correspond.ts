import { type Said, type Wish, writeWishes } from './validating-messages.ts'

/** What is asked of a thread, and what it says. */
export type Correspondence = {
  readonly ask: (wishOf: (id: number) => Wish) => Promise<Said>
  readonly hear: (said: readonly Said[]) => void
  /** Sends what was asked and not sent yet. */
  readonly send: () => void
}

/** So many are sent before the turn is over: there is work for the thread while this one reads on. */
const MANY = 12

/** Letters to a thread: what is asked in the same turn goes in few. */
export function correspond(post: (letter: string) => void): Correspondence {
  const waiting = new Map<number, PromiseWithResolvers<Said>>()
  let wishes: Wish[] = []
  let asked = 0
  const send = (): void => {
    if (wishes.length > 0) post(writeWishes(wishes))
    wishes = []
  }
  return {
    ask: (wishOf) => {
      asked += 1
      const asker = Promise.withResolvers<Said>()
      waiting.set(asked, asker)
      if (wishes.length === 0) setImmediate(send)
      wishes.push(wishOf(asked))
      if (wishes.length >= MANY) send()
      return asker.promise
    },
    hear: (all) => {
      for (const said of all) {
        const asker = waiting.get(said.id)
        waiting.delete(said.id)
        if ('error' in said) asker?.reject(new Error(said.error))
        else asker?.resolve(said)
      }
    },
    send,
  }
}
