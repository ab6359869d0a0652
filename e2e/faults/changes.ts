import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { z } from 'zod'
import type { Change, History } from './history.ts'

const FILE = join(import.meta.dirname, 'change-process.ts')

const Said = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['key-made', 'key-ended']), id: z.string() }),
  z.strictObject({ kind: z.literal('suspended'), person: z.string() }),
  z.strictObject({ kind: z.literal('checkpoint'), text: z.string() }),
])

/** A process that makes changes beside the servers; what it says was done stands in the history. */
export type Changes = { readonly start: () => void; readonly kill: () => Promise<void> }

/** @param leaving people whom it suspends, one after the other; each is handed out once */
export function openChanges(environment: NodeJS.ProcessEnv, leaving: readonly string[], history: History): Changes {
  const left = [...leaving]
  let child: ChildProcess | undefined
  const start = (): void => {
    const started = fork(FILE, [], { env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    child = started
    started.send(left.splice(0, PEOPLE_AT_ONCE))
    started.on('message', (message) => {
      history.changes.push({ ...Said.parse(message), at: performance.now() } satisfies Change)
    })
    // Without its database a command ends; somebody gives it again.
    started.on('exit', () => setTimeout(() => child === started && start(), AGAIN_MS))
  }
  return {
    start,
    kill: async () => {
      const killed = child
      child = undefined
      if (killed === undefined || killed.exitCode !== null || killed.signalCode !== null) return
      const ended = once(killed, 'close')
      killed.kill('SIGKILL')
      await ended
    },
  }
}

const PEOPLE_AT_ONCE = 20
const AGAIN_MS = 200
