/** `LATCHKEY_SEED` draws the same faults again, each as long after the one before; what the machine does in between it does not repeat. */
export const SEED = Number(process.env['LATCHKEY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
/** The long form takes minutes and what the machine has to offer (`npm run test:faults`); the short one is part of `npm test`. */
export const LONG = process.env['LATCHKEY_FAULTS'] === 'long'

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function drawFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function pick<T>(draw: () => number, from: readonly T[]): T {
  const picked = from[Math.floor(draw() * from.length)]
  if (picked === undefined) throw new Error('there is nothing to pick from')
  return picked
}
