import { fdatasyncSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { CopyingStart } from './copying.ts'
import { askForRest, sayCopied } from './turns.ts'

const EVERY_MS = 30
/** From so many pages that were not copied on they are: few at a time, because who commits waits while the disk is busy. */
const MANY = 100
/** What is left after a pass, because others wrote meanwhile, is little enough for a writer to copy. */
const LITTLE = 600
const MOST_PASSES = 6
/** A log of so many pages is to begin anew. */
const LONG = 8_000
/** Beyond it writers are asked for the rest however much that is: a disk has an end. */
const TOO_LONG = 500_000

const { path, turns }: CopyingStart = workerData
const file = new DatabaseSync(path)
const passive = file.prepare('pragma wal_checkpoint(passive)')
/** Never closed: with any descriptor of a file that a process closes, it lets go of all its locks on it (POSIX). */
const descriptor = openSync(path, 'r')
const look = file.prepare('pragma wal_checkpoint(noop)')

type State = { log: number; left: number }
const stateOf = (row: ReturnType<typeof look.get>): State => {
  const log = Number(row?.['log'] ?? 0)
  return { log, left: log - Number(row?.['checkpointed'] ?? 0) }
}

const copy = (): void => {
  let state = stateOf(look.get())
  if (state.left < MANY) return
  for (let pass = 0; pass < MOST_PASSES && state.left > LITTLE; pass += 1) state = stateOf(passive.get())
  // The engine syncs the database only when nothing is left to copy: then it would be a writer who waits for all that was copied since.
  fdatasyncSync(descriptor)
  state = stateOf(passive.get())
  if ((state.log > LONG && state.left <= LITTLE) || state.log > TOO_LONG) askForRest(turns)
}

sayCopied(turns, true)
const timer = setInterval(() => {
  try {
    copy()
  } catch {
    // A disk that is full, or fails: whoever writes says so, and the log is copied back once it is over.
  }
}, EVERY_MS)
parentPort?.once('message', () => {
  clearInterval(timer)
  sayCopied(turns, false)
  file.close()
  parentPort?.close()
})
