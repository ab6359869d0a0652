import { parentPort, workerData } from 'node:worker_threads'
import { drawId } from '../ids.ts'
import { ANNOUNCE_EVERY_MS, announce, withdraw } from '../keys/announce.ts'
import { openLog } from '../observe/log.ts'
import { validateHere } from '../tokens/validate-at-door.ts'
import { openContext } from './open-context.ts'
import { repeat } from './repeat.ts'
import { type Answer, type Ask, READY, readAsks, STOP, type ThreadStart, writeAnswers } from './validating-messages.ts'

const { config, turns, level }: ThreadStart = workerData
const port = parentPort
if (port === null) throw new Error('this is a thread of the server, started by it')

const { context, close } = await openContext(config, openLog(level), turns)
// A rotation of the keys waits for this thread as for any instance.
const instance = drawId('req', context.random)
const keys = repeat(context.log, { name: 'keys', everyMs: ANNOUNCE_EVERY_MS, work: () => announce(context, instance) })

let answers: Answer[] = []
let underWay = 0
let idle: (() => void) | undefined

const flush = (): void => {
  port.postMessage(writeAnswers(answers))
  answers = []
}

const answer = (said: Answer): void => {
  // Those that were committed together are answered in one message.
  if (answers.length === 0) setImmediate(flush)
  answers.push(said)
  underWay -= 1
  if (underWay === 0) idle?.()
}

const ask = ({ id, by, user, code }: Ask): void => {
  underWay += 1
  validateHere(context, by, user, code).then(
    (validated) => answer({ id, validated, error: undefined }),
    (error: unknown) => answer({ id, validated: undefined, error: error instanceof Error ? error.message : String(error) }),
  )
}

const stop = async (): Promise<void> => {
  if (underWay > 0) await new Promise<void>((resolve) => (idle = resolve))
  await keys.stop()
  await withdraw(context, instance)
  await close()
  // After the last answers have left.
  setImmediate(() => port.close())
}

port.on('message', (message: string) => {
  if (message === STOP) void stop()
  else for (const one of readAsks(message)) ask(one)
})
port.postMessage(READY)
