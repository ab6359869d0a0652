import type { Argon2id } from '@latchkey/protocol/activation/argon2id'
import { scriptUrl } from '../browser/script-url.ts'
import type { Argon2idAsked } from './argon2id-worker.ts'
import workerUrl from './argon2id-worker.ts?worker&url'

export type Argon2idRunner = {
  run: Argon2id
  /** Starts what the next run needs. */
  warmUp: () => void
}

/** Argon2id in a worker of its own, which ends with each run: its memory, with the PIN and the key in it, goes as well. */
export function openArgon2id(): Argon2idRunner {
  let warm: Worker | undefined
  const start = (): Worker => new Worker(scriptUrl(workerUrl), { type: 'module' })
  return {
    warmUp: () => {
      if (warm !== undefined) return
      warm = start()
      ask(warm, 'warm')
    },
    run: async (input) => {
      const worker = warm ?? start()
      warm = undefined
      try {
        return await answerOf(worker, input)
      } finally {
        worker.terminate()
      }
    },
  }
}

function ask(worker: Worker, asked: Argon2idAsked): void {
  worker.postMessage(asked)
}

function answerOf(worker: Worker, asked: Argon2idAsked): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data instanceof Uint8Array) resolve(data)
    }
    worker.onerror = () => reject(new Error('Argon2id could not be run'))
    ask(worker, asked)
  })
}
