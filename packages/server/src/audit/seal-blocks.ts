import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from '../context.ts'
import type { Tx } from '../db/database.ts'
import { BEGINNING, type BlockHead, hashBlock, type SealedEvent } from './hash-block.ts'
import { openSigner, type Signer } from './signing-key.ts'
import { claimUnsealed, findPruned, insertBlock, isAnyUnsealed, lastBlock } from './store.ts'

/** Events in one block, at most: what verification holds in memory at a time. */
export const LARGEST_BLOCK = 2_000
/** Events that are sealed at a time: in the embedded database everybody else waits to write meanwhile, and everywhere the processor is busy. */
export const SEALED_AT_ONCE = 150
/** After a block it rests for so many times as long as that took; no more after so many blocks, so that it does not fall behind. */
const REST = 2
const MOST_RESTS = 20

/**
 * Seals the events that are in no block yet, in hash-chained and signed blocks. Several instances may do so at once: a block's number
 * is taken once. An event that is committed after one with a higher id stands in a later block; what comes while the last block is made is for
 * the next time. Returns how many events were sealed. `onSealed` hears of each event once, in one of the instances.
 */
export async function sealBlocks(ctx: Context, onSealed?: (events: readonly SealedEvent[]) => void): Promise<number> {
  let sealed = 0
  if (!(await isAnyUnsealed(ctx.db.read))) return sealed
  const signer = await openSigner(ctx)
  for (let blocks = 1; ; blocks += 1) {
    const began = performance.now()
    const events = await sealOne(ctx, signer)
    sealed += events.length
    if (events.length > 0) onSealed?.(events)
    if (events.length < SEALED_AT_ONCE) return sealed
    if (blocks <= MOST_RESTS) await pause(REST * (performance.now() - began))
  }
}

/** Another instance took the number: what was claimed for the block is rolled back, and sealed by whoever is next. */
class NumberTaken extends Error {}

async function sealOne(ctx: Context, signer: Signer): Promise<SealedEvent[]> {
  try {
    return await ctx.db.transaction((tx) => sealNext(ctx, tx, signer))
  } catch (error) {
    if (error instanceof NumberTaken) return []
    throw error
  }
}

async function sealNext(ctx: Context, tx: Tx, signer: Signer): Promise<SealedEvent[]> {
  const { number, hash: previous_hash } = await endOfChain(tx)
  const events = await claimUnsealed(tx, number + 1, SEALED_AT_ONCE)
  const [first] = events
  const last = events.at(-1)
  if (first === undefined || last === undefined) return events
  const head: BlockHead = {
    realm_id: 'default',
    number: number + 1,
    first_event: first.id,
    last_event: last.id,
    events: events.length,
    previous_hash,
    key_id: signer.id,
    sealed_at: ctx.now(),
  }
  const hash = hashBlock(head, events)
  if (!(await insertBlock(tx, { ...head, hash, signature: signer.sign(hash) }))) throw new NumberTaken()
  return events
}

/** The newest block is never pruned; so where there is none, there has been none. */
async function endOfChain(tx: Tx): Promise<{ number: number; hash: string }> {
  const last = await lastBlock(tx)
  if (last !== undefined) return last
  if ((await findPruned(tx)) !== undefined)
    throw new Error('every block of the audit log is gone; the chain is not continued: run latchkey audit verify')
  return { number: 0, hash: BEGINNING }
}
