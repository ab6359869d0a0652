/**
 * What the threads of a process that have one file open know of each other: the next ticket, the ticket that is served, whether a thread copies
 * the log back (`copying.ts`), and whether it asks a writer for the rest.
 */
export type Turns = Int32Array<SharedArrayBuffer>

const NEXT = 0
const SERVED = 1
const COPIED = 2
const REST = 3
const NUMBERS = 4

export function makeTurns(): Turns {
  return new Int32Array(new SharedArrayBuffer(NUMBERS * Int32Array.BYTES_PER_ELEMENT))
}

/** Resolves when it is the caller's turn to write: first come, first served, so that no thread keeps another out. `giveTurn` ends it. */
export async function takeTurn(turns: Turns): Promise<void> {
  const mine = Atomics.add(turns, NEXT, 1)
  if (Atomics.load(turns, SERVED) === mine) return
  // A thread that has nothing else to do ends while it waits: nothing counts as under way but this.
  const underWay = setInterval(() => undefined, LONGEST_INTERVAL_MS)
  try {
    for (let served = Atomics.load(turns, SERVED); served !== mine; served = Atomics.load(turns, SERVED))
      await Atomics.waitAsync(turns, SERVED, served).value
  } finally {
    clearInterval(underWay)
  }
}

const LONGEST_INTERVAL_MS = 2 ** 31 - 1

export function giveTurn(turns: Turns): void {
  Atomics.add(turns, SERVED, 1)
  Atomics.notify(turns, SERVED)
}

/** Whether a thread copies the log back: then writers do not. */
export function isCopied(turns: Turns): boolean {
  return Atomics.load(turns, COPIED) === 1
}

export function sayCopied(turns: Turns, copied: boolean): void {
  Atomics.store(turns, COPIED, copied ? 1 : 0)
}

/** The log is copied back but for a little: whoever writes next copies the rest, so that the log begins anew. */
export function askForRest(turns: Turns): void {
  Atomics.store(turns, REST, 1)
}

/** Whether the rest was asked for; only one hears it. */
export function takeRest(turns: Turns): boolean {
  return Atomics.exchange(turns, REST, 0) === 1
}
