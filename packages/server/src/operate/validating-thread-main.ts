import { parentPort, workerData } from 'node:worker_threads'
import { sealAndCount } from '../audit/seal-and-count.ts'
import { drawId } from '../ids.ts'
import { ANNOUNCE_EVERY_MS, announce, withdraw } from '../keys/announce.ts'
import { openLog } from '../observe/log.ts'
import { validate } from '../tokens/validate-at-door.ts'
import { openContext } from './open-context.ts'
import { repeat } from './repeat.ts'
import { READY, readWishes, type Said, STOP, type ThreadStart, type Wish, writeSaid } from './validating-messages.ts'

const { config, turns, level }: ThreadStart = workerData
const port = parentPort
if (port === null) throw new Error('this is a thread of the server, started by it')

const { context, close } = await openContext(config, openLog(level), turns)
// A rotation of the keys waits for this thread as for any instance.
const instance = drawId('req', context.random)
await announce(context, instance)
const keys = repeat(context.log, { name: 'keys', everyMs: ANNOUNCE_EVERY_MS, work: () => announce(context, instance) })

let toSay: Said[] = []
let underWay = 0
let idle: (() => void) | undefined

const flush = (): void => {
  port.postMessage(writeSaid(toSay))
  toSay = []
}

const say = (said: Said): void => {
  // Those that were committed together are answered in one message.
  if (toSay.length === 0) setImmediate(flush)
  toSay.push(said)
  underWay -= 1
  if (underWay === 0) idle?.()
}

const fulfil = async (wish: Wish): Promise<Said> => {
  const { id } = wish
  try {
    if ('seal' in wish) return { id, sealed: await sealAndCount(context) }
    return { id, validated: await validate(context, wish.validate) }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}

const stop = async (): Promise<void> => {
  if (underWay > 0) await new Promise<void>((resolve) => (idle = resolve))
  await keys.stop()
  await withdraw(context, instance).catch(() => undefined)
  await close()
  // After the last answers have left.
  setImmediate(() => port.close())
}

port.on('message', (message: string) => {
  if (message === STOP) return void stop()
  for (const wish of readWishes(message)) {
    underWay += 1
    void fulfil(wish).then(say)
  }
})
port.postMessage(READY)
