import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Turns } from './turns.ts'

/** What the thread is started with. */
export type CopyingStart = { path: string; turns: Turns }
export type Copying = { readonly stop: () => Promise<void> }

const FILE = join(import.meta.dirname, `copying-main${extname(import.meta.filename)}`)

/**
 * Copies the embedded database's log back in a thread of its own, while others write: done by a writer, everybody waits for it. Its death is
 * this process's.
 */
export function startCopying(path: string, turns: Turns): Copying {
  const workerData: CopyingStart = { path, turns }
  // Its descriptor of the file outlives it: see there.
  const thread = new Worker(FILE, { workerData, name: 'copying', trackUnmanagedFds: false })
  let stopping = false
  thread.on('error', (error) => {
    throw error
  })
  thread.on('exit', (status) => {
    if (!stopping) throw new Error(`the thread that copies the log back ended with ${status}`)
  })
  return {
    stop: async () => {
      stopping = true
      const ended = new Promise((resolve) => thread.once('exit', resolve))
      thread.postMessage('stop')
      await ended
    },
  }
}
