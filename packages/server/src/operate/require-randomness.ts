import type { DrawBytes } from '@latchkey/protocol/codes/randomness'

/** The source of randomness throws, or gives the same again. */
export class NoRandomness extends Error {}

const BYTES = 32

/** Draws twice: a process without randomness, whose codes somebody could know, is not to begin. @throws NoRandomness */
export function requireRandomness(draw: DrawBytes): void {
  if (twoDraws(draw).size < 2)
    throw new NoRandomness('The system’s source of randomness gives no random bytes. Nothing is started without it.')
}

function twoDraws(draw: DrawBytes): ReadonlySet<string> {
  try {
    return new Set([draw(BYTES), draw(BYTES)].map((drawn) => Buffer.from(drawn).toString('hex')))
  } catch {
    return new Set()
  }
}
