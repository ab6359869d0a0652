import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'
import { onCore } from './on-core.ts'

/** `Algorithm.Argon2id` and `Version.V0x13` of the library, whose enums cannot be imported under isolated modules. */
const ARGON2ID_ALGORITHM = 2
const VERSION_0X13 = 1

/** Costs as RFC 9106 names them; `length` is the hash's, in bytes. */
export type Stretch = {
  password: Uint8Array
  salt: Uint8Array
  memoryKiB: number
  passes: number
  parallelism: number
  length: number
}

/** Argon2id (RFC 9106) off the event loop, by the native library; by Node's own where there is no binary of it. Call it through `inLane`. */
export function argon2id(input: Stretch): Promise<Uint8Array> {
  return onCore(async () => {
    library ??= import('@node-rs/argon2').catch(() => undefined)
    const native = await library
    return native === undefined ? builtIn(input) : native.hashRaw(input.password, optionsOf(input))
  })
}

/** Looked for once: a core waits for nothing but its next hash. */
let library: Promise<typeof import('@node-rs/argon2') | undefined> | undefined

function optionsOf(input: Stretch) {
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

/** Node's own Argon2id: the same results. */
export function builtIn(input: Stretch): Promise<Uint8Array> {
  return promisify(argon2)('argon2id', {
    message: input.password,
    nonce: input.salt,
    memory: input.memoryKiB,
    passes: input.passes,
    parallelism: input.parallelism,
    tagLength: input.length,
  })
}
