import type { DrawBytes } from '@latchkey/protocol/codes/randomness'
import { drawPair } from './rules.ts'

const VALUES = 256

/** The two places that are asked next. */
export function drawPlaces(draw: DrawBytes): { first: number; second: number } {
  return drawPair((below) => drawBelow(below, draw))
}

/** A whole number below `below` (at most 256), each equally likely: what lies beyond the last whole multiple is drawn again. */
function drawBelow(below: number, draw: DrawBytes): number {
  const [value = 0] = draw(1)
  return value < VALUES - (VALUES % below) ? value % below : drawBelow(below, draw)
}
