import type { Argon2idInput } from '@latchkey/protocol/activation/argon2id'
import { argon2id } from 'hash-wasm'

/** `warm` computes nothing of anybody's: it has the module compiled. */
export type Argon2idAsked = 'warm' | Argon2idInput

/** The part of a dedicated worker's scope that is used here. */
type Scope = { postMessage: (message: Uint8Array | 'warm') => void; onmessage: ((event: { data: Argon2idAsked }) => void) | null }
declare const self: Scope

const LEAST: Parameters = {
  password: new Uint8Array(8),
  salt: new Uint8Array(16),
  memoryKiB: 8,
  passes: 1,
  parallelism: 1,
  length: 32,
}

self.onmessage = async ({ data }) => {
  if (data === 'warm') {
    await hash(LEAST)
    return self.postMessage('warm')
  }
  self.postMessage(await hash(data))
  data.password.fill(0)
}

type Parameters = Record<'memoryKiB' | 'passes' | 'parallelism' | 'length', number> & Pick<Argon2idInput, 'password' | 'salt'>

function hash({ password, salt, memoryKiB, passes, parallelism, length }: Parameters): Promise<Uint8Array> {
  return argon2id({ password, salt, memorySize: memoryKiB, iterations: passes, parallelism, hashLength: length, outputType: 'binary' })
}
