import type { Caller, Context } from '../context.ts'
import { signPruned } from './checkpoint.ts'
import { record } from './record.ts'
import { openSigner } from './signing-key.ts'
import { deleteBlock, deleteUpTo, findPrunable, savePruned } from './store.ts'

const BLOCKS_AT_ONCE = 100

/**
 * Deletes the blocks that were sealed before a time (milliseconds), with their events, and leaves a signed statement of where the chain
 * begins now. The newest block always stays. Returns how many events are gone.
 */
export async function pruneBlocks(ctx: Context, by: Caller, before: number): Promise<number> {
  const signer = await openSigner(ctx)
  let gone = 0
  for (;;) {
    const deleted = await ctx.db.transaction(async (tx) => {
      const last = await findPrunable(tx, before, BLOCKS_AT_ONCE)
      if (last === undefined) return 0
      // Whoever prunes at the same moment takes it first or not at all: one says where the chain begins.
      if (!(await deleteBlock(tx, last.number))) return 0
      const at = ctx.now()
      const events = await deleteUpTo(tx, last.number)
      await savePruned(tx, JSON.stringify(signPruned(signer, last, at)))
      await record(ctx, tx, { at, action: 'audit.prune', outcome: 'pruned', subject: undefined, object: String(last.number), by })
      return events
    })
    if (deleted === 0) return gone
    gone += deleted
  }
}
