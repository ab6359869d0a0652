import type { Context } from '../context.ts'
import { countUnsealed, lastBlock } from './store.ts'

/** The end of the audit log, as the doctor and the metrics want it. Times in milliseconds. */
export type ChainState = { block: number; sealedAt: number | undefined; unsealed: number; oldestUnsealed: number | undefined }

/** Reads the newest block and what waits to be sealed. Verifies nothing. */
export async function chainState(ctx: Pick<Context, 'db'>): Promise<ChainState> {
  const last = await lastBlock(ctx.db.read)
  const { events, oldest } = await countUnsealed(ctx.db.read)
  return { block: last?.number ?? 0, sealedAt: last?.sealed_at, unsealed: events, oldestUnsealed: oldest }
}
