type Waiting<Item, Result> = { item: Item; key: string | undefined; resolve: (result: Result) => void; reject: (error: unknown) => void }

/** How items are put together. */
export type Batching<Item> = {
  /** Batches under way at once: those that come meanwhile make up the next. */
  readonly atOnce: number
  /** So many make up a batch beside others that are under way. Fewer wait until one of those is over, but no longer than so many milliseconds. */
  readonly besides?: { readonly least: number; readonly patienceMs: number }
  /** A batch that follows one of several begins so many milliseconds after that one began, or as soon as so many wait for it. */
  readonly apart?: { readonly ms: number; readonly least: number }
  readonly largest: number
  /** What a batch, and all batches under way, hold once; undefined for what may be there any number of times. */
  readonly keyOf?: (item: Item) => string | undefined
}

const AT_ONCE = { least: 1, patienceMs: 0 }
const NOT_APART = { ms: 0, least: 1 }

/**
 * Items that come at the same moment are worked on in one go. `work` answers each item at its place; if it throws, all of the batch hear of it.
 * An item whose key is being worked on waits for a batch after that one.
 */
export function together<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  { atOnce, besides = AT_ONCE, apart = NOT_APART, largest, keyOf = () => undefined }: Batching<Item>,
): (item: Item) => Promise<Result> {
  let queue: Waiting<Item, Result>[] = []
  const underWay = new Set<string>()
  let batches = 0
  let woken = false
  let patience: NodeJS.Timeout | undefined
  let notBefore = 0

  /** The first that fit, in order. */
  const take = (): Waiting<Item, Result>[] => {
    const taken: Waiting<Item, Result>[] = []
    const left: Waiting<Item, Result>[] = []
    for (const waiting of queue) {
      const { key } = waiting
      if (taken.length >= largest || (key !== undefined && underWay.has(key))) left.push(waiting)
      else {
        taken.push(waiting)
        if (key !== undefined) underWay.add(key)
      }
    }
    queue = left
    return taken
  }

  const go = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await work(batch.map(({ item }) => item))
      if (results.length !== batch.length) throw new Error(`${batch.length} were asked together, and ${results.length} answered`)
      for (const [place, result] of results.entries()) batch[place]?.resolve(result)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
    for (const { key } of batch) if (key !== undefined) underWay.delete(key)
    batches -= 1
    wake()
  }

  const begin = (): void => {
    woken = false
    clearTimeout(patience)
    patience = undefined
    while (batches < atOnce) {
      const batch = take()
      if (batch.length === 0) return
      batches += 1
      notBefore = batch.length > 1 ? performance.now() + apart.ms : 0
      void go(batch)
    }
  }

  /** Whoever is about to come in this turn comes along. */
  const wake = (): void => {
    if (woken || queue.length === 0 || batches >= atOnce) return
    const [least, waitMs] = batches > 0 ? [besides.least, besides.patienceMs] : [apart.least, notBefore - performance.now()]
    if (queue.length >= least || waitMs <= 0) {
      woken = true
      setImmediate(begin)
    } else patience ??= setTimeout(begin, waitMs)
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, key: keyOf(item), resolve, reject })
      wake()
    })
}
