import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { CopyingStart } from './copying.ts'
import { askForRest, sayCopied } from './turns.ts'

const EVERY_MS = 250
/** From so many pages in the log on it is copied back. */
const MANY = 8_000
/** What is left after a pass, because others wrote meanwhile, is little enough for a writer to copy. */
const LITTLE = 600
const MOST_PASSES = 6
/** Beyond it writers are asked for the rest however much that is: a disk has an end. */
const TOO_MANY = 500_000

const { path, turns }: CopyingStart = workerData
const file = new DatabaseSync(path)
const passive = file.prepare('pragma wal_checkpoint(passive)')
const look = file.prepare('pragma wal_checkpoint(noop)')

type State = { log: number; left: number }
const stateOf = (row: ReturnType<typeof look.get>): State => {
  const log = Number(row?.['log'] ?? 0)
  return { log, left: log - Number(row?.['checkpointed'] ?? 0) }
}

const copy = (): void => {
  let state = stateOf(look.get())
  if (state.log < MANY) return
  for (let pass = 0; pass < MOST_PASSES && state.left > LITTLE; pass += 1) state = stateOf(passive.get())
  if (state.left <= LITTLE || state.log > TOO_MANY) askForRest(turns)
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
