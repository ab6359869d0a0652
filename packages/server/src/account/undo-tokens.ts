import type { Context } from '../context.ts'
import type { Undo } from '../notices/repudiate.ts'
import { bringBackToken } from '../tokens/bring-back-token.ts'
import { suspendToken } from '../tokens/suspend-token.ts'

/** What `This wasn't me` does to tokens. Notices stand below tokens, so the map passes this to them. */
export function undoTokens(ctx: Context): Undo {
  return {
    suspendToken: async (by, user, token) => (await suspendToken(ctx, by, user, token, 'repudiated')).outcome === 'suspended',
    bringBackToken: async (by, user, token) => (await bringBackToken(ctx, by, user, token)).outcome === 'brought-back',
  }
}
