import type { Context } from '../context.ts'
import { HASH_BYTES, PARALLELISM, SALT_BYTES } from './hash-secret.ts'
import { printPhc } from './phc.ts'

/** A hash at today's cost that no secret has: whoever is unknown costs the same as whoever is known. */
export function dummyHash(ctx: Context): string {
  const { memoryKiB, passes } = ctx.config.password
  return printPhc({ memoryKiB, passes, parallelism: PARALLELISM, salt: ctx.random(SALT_BYTES), hash: ctx.random(HASH_BYTES) })
}
