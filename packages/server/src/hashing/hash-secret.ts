import type { Context } from '../context.ts'
import { argon2id } from './argon2id.ts'
import { printPhc } from './phc.ts'

export const SALT_BYTES = 16
export const HASH_BYTES = 32
export const PARALLELISM = 1

/**
 * Hashes a secret as UTF-8 with a salt of its own, at the cost that the settings say (SP 800-63B-4, 3.1.1.2).
 * Returns a PHC string. Takes a core for tens of milliseconds: only ever inside `inLane`, never inside a transaction.
 */
export async function hashSecret(ctx: Context, secret: string): Promise<string> {
  const { memoryKiB, passes } = ctx.config.password
  const cost = { memoryKiB, passes, parallelism: PARALLELISM, salt: ctx.random(SALT_BYTES) }
  const hash = await argon2id({ ...cost, password: Buffer.from(secret, 'utf8'), length: HASH_BYTES })
  return printPhc({ ...cost, hash })
}
