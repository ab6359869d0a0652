import { availableParallelism } from 'node:os'

const CORES = availableParallelism()
const waiting: (() => void)[] = []
let running = 0

/** Runs work that takes a whole core: as many at once as there are cores, whoever came first first. Whoever comes has a turn in a lane already, so the queue is short. */
export async function onCore<T>(work: () => Promise<T>): Promise<T> {
  if (running >= CORES) await new Promise<void>((resolve) => waiting.push(resolve))
  else running += 1
  try {
    return await work()
  } finally {
    // The turn is handed on: nobody comes in between.
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}
