import type { Context } from '../context.ts'
import { type Checkpoint, checkpointOf, openPruned } from './checkpoint.ts'
import { BEGINNING, type Block, hashBlock, type SealedEvent } from './hash-block.ts'
import { LARGEST_BLOCK } from './seal-blocks.ts'
import { openVerifier, type Verifier } from './signing-key.ts'
import { blocksAfter, countUnsealed, eventsOf, findOrphans, findPruned, isAnyBlockUpTo, lastBlock } from './store.ts'

/** What is wrong, in the block of that number. */
export type Flaw =
  | 'block-missing'
  | 'block-altered'
  | 'chain-broken'
  | 'events-altered'
  | 'events-missing'
  | 'events-added'
  | 'signature-wrong'
  | 'key-unknown'
  | 'beginning-forged'
  | 'truncated'
  | 'differs-from-checkpoint'
  | 'checkpoint-forged'
  | 'checkpoint-pruned'
export type Verified =
  | { whole: true; blocks: number; events: number; unsealed: number; checkpoint: Checkpoint | undefined }
  | { whole: false; blocks: number; events: number; flaw: Flaw; block: number }

class Broken extends Error {
  readonly flaw: Flaw
  readonly block: number
  constructor(flaw: Flaw, block: number) {
    super(flaw)
    this.flaw = flaw
    this.block = block
  }
}

type Progress = { blocks: number; events: number; number: number; hash: string }

/**
 * Reads the audit log from its beginning, or from where it was pruned, to its newest block, a few thousand events at a time. Finds events
 * and blocks that were altered, deleted, inserted or moved. That the end was cut off shows only against a checkpoint.
 */
export async function verifyChain(ctx: Context, checkpoint?: Checkpoint): Promise<Verified> {
  for (;;) {
    const began = await findPruned(ctx.db.read)
    const verified = await verifyOnce(ctx, checkpoint)
    // What was pruned while it was read is not missing: it begins later now.
    if (verified.whole || (await findPruned(ctx.db.read)) === began) return verified
  }
}

async function verifyOnce(ctx: Context, checkpoint: Checkpoint | undefined): Promise<Verified> {
  const progress: Progress = { blocks: 0, events: 0, number: 0, hash: BEGINNING }
  try {
    const newest = await lastBlock(ctx.db.read)
    const verifier = await openVerifier(ctx)
    await begin(ctx, verifier, progress)
    if (checkpoint !== undefined) judgeCheckpoint(verifier, checkpoint, progress)
    await walk(ctx, verifier, progress, newest?.number ?? 0, checkpoint)
    if (checkpoint !== undefined && checkpoint.block > progress.number) throw new Broken('truncated', progress.number + 1)
    const orphan = await findOrphans(ctx.db.read)
    if (orphan !== undefined) throw new Broken('block-missing', orphan)
    const { blocks, events } = progress
    const { events: unsealed } = await countUnsealed(ctx.db.read)
    return { whole: true, blocks, events, unsealed, checkpoint: newest === undefined ? undefined : checkpointOf(newest) }
  } catch (error) {
    if (!(error instanceof Broken)) throw error
    return { whole: false, blocks: progress.blocks, events: progress.events, flaw: error.flaw, block: error.block }
  }
}

async function begin(ctx: Context, verifier: Verifier, progress: Progress): Promise<void> {
  const text = await findPruned(ctx.db.read)
  if (text === undefined) return
  const pruned = openPruned(verifier, text)
  if (pruned === undefined) throw new Broken('beginning-forged', 1)
  if (await isAnyBlockUpTo(ctx.db.read, pruned.block)) throw new Broken('beginning-forged', pruned.block)
  progress.number = pruned.block
  progress.hash = pruned.hash
}

function judgeCheckpoint(verifier: Verifier, checkpoint: Checkpoint, { number, hash }: Progress): void {
  if (verifier(checkpoint.keyId, checkpoint.hash, checkpoint.signature) !== true) throw new Broken('checkpoint-forged', checkpoint.block)
  if (checkpoint.block < number) throw new Broken('checkpoint-pruned', checkpoint.block)
  if (checkpoint.block === number && checkpoint.hash !== hash) throw new Broken('differs-from-checkpoint', number)
}

const BLOCKS_AT_ONCE = 200
const EVENTS_AT_ONCE = 5_000

async function walk(ctx: Context, verifier: Verifier, progress: Progress, last: number, checkpoint: Checkpoint | undefined): Promise<void> {
  while (progress.number < last) {
    const blocks = await blocksAfter(ctx.db.read, progress.number, last, BLOCKS_AT_ONCE)
    if (blocks.length === 0) throw new Broken('block-missing', progress.number + 1)
    for (const some of inPortions(blocks)) await judgePortion(ctx, verifier, progress, some, checkpoint)
  }
}

/** Blocks whose events fit into memory together. */
function inPortions(blocks: readonly Block[]): Block[][] {
  const portions: Block[][] = []
  let room = 0
  for (const block of blocks) {
    if (block.events < 1 || block.events > LARGEST_BLOCK) throw new Broken('block-altered', block.number)
    room -= block.events
    if (room < 0 || portions.length === 0) {
      portions.push([])
      room = EVENTS_AT_ONCE - block.events
    }
    portions.at(-1)?.push(block)
  }
  return portions
}

async function judgePortion(
  ctx: Context,
  verifier: Verifier,
  progress: Progress,
  blocks: readonly Block[],
  checkpoint: Checkpoint | undefined,
): Promise<void> {
  const first = progress.number + 1
  const last = blocks.at(-1)?.number ?? first
  const claimed = blocks.reduce((sum, { events }) => sum + events, 0)
  const byBlock = Map.groupBy(await eventsOf(ctx.db.read, first, last, claimed + 1), ({ block }) => block)
  for (const block of blocks) {
    judgeBlock(verifier, progress, block, byBlock.get(block.number) ?? [])
    if (checkpoint?.block === block.number && checkpoint.hash !== block.hash) throw new Broken('differs-from-checkpoint', block.number)
  }
}

function judgeBlock(verifier: Verifier, progress: Progress, block: Block, events: readonly SealedEvent[]): void {
  const { number } = block
  if (number !== progress.number + 1) throw new Broken('block-missing', progress.number + 1)
  if (block.previous_hash !== progress.hash) throw new Broken('chain-broken', number)
  const signed = verifier(block.key_id, block.hash, block.signature)
  if (signed === undefined) throw new Broken('key-unknown', number)
  if (!signed) throw new Broken('signature-wrong', number)
  if (events.length < block.events) throw new Broken('events-missing', number)
  if (events.length > block.events) throw new Broken('events-added', number)
  if (hashBlock(block, events) !== block.hash) throw new Broken('events-altered', number)
  progress.number = number
  progress.hash = block.hash
  progress.blocks += 1
  progress.events += events.length
}
