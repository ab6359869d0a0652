import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Caller, Context } from '../context.ts'
import { type Copying, startCopying } from '../db/copying.ts'
import { type AtDoor, leaveToThread, validateHere } from '../tokens/validate-at-door.ts'
import type { Validated } from '../tokens/validate-code.ts'
import { type Answer, type Ask, READY, readAnswers, STOP, type ThreadStart, writeAsks } from './validating-messages.ts'

/** So many codes at once are validated where they came in. More are for a thread: it takes memory, and a core if there is one. */
const MOST_HERE = 16
const FILE = join(import.meta.dirname, `validating-thread-main${extname(import.meta.filename)}`)

/** A thread that validates the codes of bare doors, with the embedded database open beside this one. `stop` waits for what is under way. */
export type ValidatingThread = { readonly stop: () => Promise<void> }

type Waiting = { resolve: (validated: Validated) => void; reject: (error: unknown) => void }

/**
 * Leaves codes of bare doors to a thread of its own once many come at a time: requests are read and answered here while the database works
 * there. Its death is this process's: what it was doing is on disk or never happened. One that does not start is done without.
 */
export function openValidatingThread(ctx: Context): ValidatingThread {
  const { turns } = ctx.db
  if (turns === undefined) return { stop: async () => undefined }
  const waiting = new Map<number, Waiting>()
  let asks: Ask[] = []
  let asked = 0
  let here = 0
  let thread: Worker | undefined
  let copying: Copying | undefined
  let ready = false
  const ended = Promise.withResolvers<void>()
  let stopping = false

  const start = (): void => {
    const workerData: ThreadStart = { config: ctx.config, turns, level: ctx.config.log.level }
    copying = startCopying(ctx.config.databaseFile, turns)
    thread = new Worker(FILE, { workerData, name: 'validating' })
    thread.on('message', (message: string) => {
      if (message === READY) ready = true
      else for (const answer of readAnswers(message)) settle(answer)
    })
    thread.on('error', (error) => {
      if (ready) throw error
      ctx.log.error(
        { err: error },
        'the thread that validates codes did not start; they are validated without it until the server is started again',
      )
    })
    thread.on('exit', (status) => {
      ended.resolve()
      if (ready && !stopping) throw new Error(`the thread that validates codes ended with ${status}`)
    })
  }

  const settle = ({ id, validated, error }: Answer): void => {
    const asker = waiting.get(id)
    waiting.delete(id)
    if (validated === undefined) asker?.reject(new Error(error))
    else asker?.resolve(validated)
  }

  const send = (): void => {
    if (asks.length > 0) thread?.postMessage(writeAsks(asks))
    asks = []
  }

  const there = (by: Caller, user: string, code: string): Promise<Validated> =>
    new Promise((resolve, reject) => {
      asked += 1
      waiting.set(asked, { resolve, reject })
      // What came in the same turn goes in one message.
      if (asks.length === 0) setImmediate(send)
      asks.push({ id: asked, by, user, code })
    })

  const atDoor: AtDoor = async (by, user, code) => {
    if (ready && !stopping) return there(by, user, code)
    here += 1
    if (here > MOST_HERE && thread === undefined && !stopping) start()
    try {
      return await validateHere(ctx, by, user, code)
    } finally {
      here -= 1
    }
  }

  leaveToThread(ctx.db, atDoor)
  return {
    stop: async () => {
      stopping = true
      if (thread === undefined) return
      send()
      thread.postMessage(STOP)
      await ended.promise
      await copying?.stop()
    },
  }
}
