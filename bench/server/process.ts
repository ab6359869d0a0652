import { type ChildProcess, fork } from 'node:child_process'
import { createServer } from 'node:net'

/** A process beside this one, and its first message. It ends with this one. */
export async function beside(
  file: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ child: ChildProcess; said: Record<string, unknown> }> {
  const child = fork(file, [], { env: environment, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  return { child, said: await nextMessage(child) }
}

/** What it says next. */
export function nextMessage(child: ChildProcess): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(typeof message === 'object' && message !== null ? { ...message } : {}))
    child.once('exit', (status) => reject(new Error(`a process of the benchmark ended with ${status}`)))
  })
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
