import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { Argon2id, Argon2idInput } from '@latchkey/protocol/activation/argon2id'

/** `Algorithm.Argon2id` and `Version.V0x13` of the library, whose enums cannot be imported under isolated modules. */
const ARGON2ID_ALGORITHM = 2
const VERSION_0X13 = 1

/** Argon2id by the native library, which is the faster by far; by Node's own where there is no binary of it for this machine. */
export const argon2id: Argon2id = async (input) => {
  const native = await import('@node-rs/argon2').catch(() => undefined)
  return native === undefined ? builtIn(input) : native.hashRaw(input.password, optionsOf(input))
}

function optionsOf(input: Argon2idInput) {
  return {
    salt: input.salt,
    memoryCost: input.memoryKiB,
    timeCost: input.passes,
    parallelism: input.parallelism,
    outputLen: input.length,
    algorithm: ARGON2ID_ALGORITHM,
    version: VERSION_0X13,
  }
}

/** Node's own Argon2id (RFC 9106): the same results. */
export function builtIn(input: Argon2idInput): Promise<Uint8Array> {
  return promisify(argon2)('argon2id', {
    message: input.password,
    nonce: input.salt,
    memory: input.memoryKiB,
    passes: input.passes,
    parallelism: input.parallelism,
    tagLength: input.length,
  })
}
