import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { sealAndCount } from '../audit/seal-and-count.ts'
import type { Tally } from '../audit/tally.ts'
import type { Context } from '../context.ts'
import { type Copying, startCopying } from '../db/copying.ts'
import { leaveElsewhere } from '../tokens/elsewhere.ts'
import { validate } from '../tokens/validate-at-door.ts'
import { correspond } from './correspond.ts'
import { READY, readSaid, STOP, type ThreadStart } from './validating-messages.ts'

/** So many codes at once are validated where they came in. More are for a thread: it takes memory, and a core if there is one. */
const MOST_HERE = 16
const FILE = join(import.meta.dirname, `validating-thread-main${extname(import.meta.filename)}`)

/** A thread that validates for the bare doors, with the embedded database open beside this one. */
export type ValidatingThread = {
  /** Seals the audit log, there if the thread runs: sealing takes its time, and who writes waits. */
  readonly seal: () => Promise<readonly Tally[]>
  /** Waits for what is under way. */
  readonly stop: () => Promise<void>
}

/**
 * Leaves the codes of bare doors to a thread of its own once many come at a time: requests are read and answered here while the database works
 * there. Its death is this process's: what it was doing is on disk or never happened. One that does not start is
 * done without.
 */
export function openValidatingThread(ctx: Context): ValidatingThread {
  const { turns } = ctx.db
  if (turns === undefined) return { seal: () => sealAndCount(ctx), stop: async () => undefined }
  const thread = threadOf({ config: ctx.config, turns, level: ctx.config.log.level }, ctx)
  const there = correspond(thread.post)
  thread.onMessage((message) => there.hear(readSaid(message)))
  let underWay = 0

  leaveElsewhere(ctx.db, async (ask) => {
    underWay += 1
    try {
      if (!thread.isFor(underWay)) return await validate(ctx, ask)
      const said = await there.ask((id) => ({ id, validate: ask }))
      return 'validated' in said ? said.validated : unexpected()
    } finally {
      underWay -= 1
    }
  })
  return {
    seal: async () => {
      if (!thread.isFor(0)) return sealAndCount(ctx)
      const said = await there.ask((id) => ({ id, seal: true }))
      return 'sealed' in said ? said.sealed : unexpected()
    },
    stop: () => thread.stop(there.send),
  }
}

function unexpected(): never {
  throw new Error('the thread that validates codes answered something else')
}

/** The thread itself, with the one that copies the log back beside it. */
function threadOf(workerData: ThreadStart, { log, config }: Context) {
  let thread: Worker | undefined
  let copying: Copying | undefined
  let ready = false
  let stopping = false
  let heard: (message: string) => void = () => undefined
  const ended = Promise.withResolvers<void>()

  const start = (): void => {
    copying = startCopying(config.databaseFile, workerData.turns)
    thread = new Worker(FILE, { workerData, name: 'validating' })
    thread.on('message', (message: string) => {
      if (message === READY) ready = true
      else heard(message)
    })
    let failure: unknown
    thread.on('error', (error) => {
      if (ready) throw error
      failure = error
    })
    thread.on('exit', (status) => {
      ended.resolve()
      if (stopping) return
      if (ready) throw new Error(`the thread that validates codes ended with ${status}`)
      log.error(
        { err: failure, status },
        'the thread that validates codes did not start; they are validated without it until the server is started again',
      )
    })
  }

  return {
    post: (letter: string) => thread?.postMessage(letter),
    onMessage: (hear: (message: string) => void) => {
      heard = hear
    },
    /** Whether it is there for so many codes at once; many start it. */
    isFor: (codes: number): boolean => {
      if (codes > MOST_HERE && thread === undefined && !stopping) start()
      return ready && !stopping
    },
    stop: async (sendRest: () => void) => {
      stopping = true
      if (thread === undefined) return
      sendRest()
      thread.postMessage(STOP)
      await ended.promise
      await copying?.stop()
    },
  }
}
