/** By how many steps a token's clock is ahead, and on which side of that its last success lay. */
export type Drift = { drift: number; lean: -1 | 0 | 1 }

/** Learnt successes move the drift no further than this to either side (STP-1, 3). */
const LIMIT = 10

/**
 * Two successes in a row on the same side of the drift move it there by one (STP-1, 3), within ±10;
 * a drift beyond that, from a resynchronisation, moves only back towards zero.
 * @param offset the accepted step less the clock's step
 */
export function learnDrift({ drift, lean }: Drift, offset: number): Drift {
  const side = sideOf(offset - drift)
  if (side === 0 || side !== lean) return { drift, lean: side }
  const moved = drift + side
  const allowed = Math.abs(moved) <= LIMIT || Math.abs(moved) < Math.abs(drift)
  return allowed ? { drift: moved, lean: 0 } : { drift, lean: side }
}

function sideOf(distance: number): -1 | 0 | 1 {
  if (distance === 0) return 0
  return distance > 0 ? 1 : -1
}
