import type { Argon2idInput } from '@latchkey/protocol/activation/argon2id'
import { argon2id } from 'hash-wasm'

const LEAST = { password: 'warm', salt: new Uint8Array(8), parallelism: 1, iterations: 1, memorySize: 8, hashLength: 4 }

/** Says `ready` once the module is compiled, then computes one hash, and is ended: its memory, with the PIN in it, goes with it. */
async function start(): Promise<void> {
  self.addEventListener('message', ({ data }: MessageEvent<Argon2idInput>) => {
    hash(data).then((key) => self.postMessage(key), fail)
  })
  await argon2id(LEAST)
  self.postMessage('ready')
}

async function hash({ password, salt, parallelism, passes, memoryKiB, length }: Argon2idInput): Promise<Uint8Array> {
  const options = { password, salt, parallelism, iterations: passes, memorySize: memoryKiB, hashLength: length }
  const key = await argon2id({ ...options, outputType: 'binary' })
  password.fill(0)
  salt.fill(0)
  return key
}

/** A rejected promise of a worker is heard by nobody outside. */
function fail(error: unknown): void {
  self.postMessage(error instanceof Error ? error.message : 'no reason')
}

start().catch(fail)
