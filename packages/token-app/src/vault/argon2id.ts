import type { Argon2id, Argon2idInput } from '@latchkey/protocol/activation/argon2id'
import { scriptUrl } from '../browser/script-url.ts'
import url from './argon2id-worker.ts?worker&url'

/** A worker that is there for one hash, and when its code will have been compiled. */
type Waiting = { worker: Worker; ready: Promise<void> }
let waiting: Waiting | undefined

/** Starts what the next hash needs: the script is loaded, the module compiled. */
export async function warmUpArgon2id(): Promise<void> {
  waiting ??= start()
  const { ready } = waiting
  await ready.catch((error: unknown) => {
    waiting = undefined
    throw error
  })
}

/** Argon2id in a worker of its own, which is ended after it: nothing of the PIN or of the key stays in its memory. */
export const argon2id: Argon2id = async (input) => {
  const { worker, ready } = waiting ?? start()
  waiting = undefined
  try {
    await ready
    return await hashIn(worker, input)
  } finally {
    worker.terminate()
  }
}

function start(): Waiting {
  const worker = new Worker(scriptUrl(url), { type: 'module' })
  const ready = answerOf(worker).then((answer) => {
    if (answer !== 'ready') throw new Error(`the Argon2id worker did not start: ${answer}`)
  })
  // Whoever waits for it is told; if nobody does, it is no unhandled failure.
  ready.catch(() => worker.terminate())
  return { worker, ready }
}

async function hashIn(worker: Worker, input: Argon2idInput): Promise<Uint8Array> {
  // Copies that are handed over, not left behind: the caller's own are the caller's to erase.
  const handed = { ...input, password: input.password.slice(), salt: input.salt.slice() }
  const answer = answerOf(worker)
  worker.postMessage(handed, [handed.password.buffer, handed.salt.buffer])
  const key = await answer
  if (!(key instanceof Uint8Array) || key.length !== input.length) throw new Error('the Argon2id worker gave no key')
  return key
}

function answerOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data), { once: true })
    worker.addEventListener('error', ({ message }) => reject(new Error(`the Argon2id worker failed: ${message}`)), { once: true })
  })
}
