import type { Context } from '../context.ts'
import { sealBlocks } from './seal-blocks.ts'
import { type Tally, tally } from './tally.ts'

/**
 * Seals every event that is in no block yet, and counts the decisions that they are. Each is counted once, in one of the instances: what fails after
 * some were sealed is tried again at the next sealing, and told then.
 */
export async function sealAndCount(ctx: Context): Promise<Tally[]> {
  const counted: Tally[] = []
  try {
    await sealBlocks(ctx, (events) => void counted.push(...tally(events)))
  } catch (error) {
    if (counted.length === 0) throw error
  }
  return counted
}
