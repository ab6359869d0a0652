import type { Context } from '../context.ts'
import type { Undo } from '../notices/repudiate.ts'
import { bringBackToken } from '../tokens/bring-back-token.ts'
import { suspendToken } from '../tokens/suspend-token.ts'
import { voidActivation } from '../tokens/void-activation.ts'
import { bringBackAddress } from '../users/bring-back-address.ts'

/** What `This wasn't me` does to tokens and addresses. Notices stand below their rooms, so the map passes this to them. */
export function undoChanges(ctx: Context): Undo {
  return {
    suspendToken: async (by, user, token) => (await suspendToken(ctx, by, user, token, 'repudiated')).outcome === 'suspended',
    bringBackToken: async (by, user, token) => (await bringBackToken(ctx, by, user, token)).outcome === 'brought-back',
    voidActivation: async (by, user) => (await voidActivation(ctx, by, user)).outcome === 'voided',
    bringBackAddress: async (by, user, address) => (await bringBackAddress(ctx, by, user, address)).outcome === 'brought-back',
  }
}
