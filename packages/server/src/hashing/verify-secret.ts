import { timingSafeEqual } from 'node:crypto'
import type { Context } from '../context.ts'
import { argon2id } from './argon2id.ts'
import { walkOtherCosts } from './costs.ts'
import { parsePhc } from './phc.ts'

/** `outdated`: the hash was made at another cost than the settings now say. */
export type Verified = { holds: boolean; outdated: boolean }

/** Whether a secret is the one that was hashed; compared in constant time, and in the same time whatever the hash cost. Inside `inLane`, never inside a transaction. */
export async function verifySecret(ctx: Context, secret: string, phc: string): Promise<Verified> {
  const { hash, ...cost } = parsePhc(phc)
  const made = await argon2id({ ...cost, password: Buffer.from(secret, 'utf8'), length: hash.length })
  await walkOtherCosts(ctx, cost)
  const { memoryKiB, passes } = ctx.config.password
  return { holds: timingSafeEqual(made, hash), outdated: cost.memoryKiB !== memoryKiB || cost.passes !== passes }
}
