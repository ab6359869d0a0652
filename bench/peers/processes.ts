import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { createWriteStream, openSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'

const READY_MS = 300_000
const STOP_MS = 20_000
const ANSWER_MS = 30_000

export type Started = { child: ChildProcess; stop: () => Promise<void> }

/** A process beside this one, in a group of its own, that writes what it says into a file. */
export function start(command: string, args: readonly string[], options: SpawnOptions & { log: string }): Started {
  const { log, ...rest } = options
  const out = openSync(log, 'a')
  const child = spawn(command, args, { ...rest, stdio: ['ignore', out, out], detached: true })
  child.on('error', (error) => createWriteStream(log, { flags: 'a' }).end(String(error)))
  const end = (): void => signal(child, 'SIGKILL')
  process.once('exit', end)
  const stop = async (): Promise<void> => {
    process.removeListener('exit', end)
    await stopped(child)
  }
  return { child, stop }
}

/** The whole group: a server with workers ends with all of them. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, name)
  } catch {
    // It ended by itself.
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return signal(child, 'SIGKILL')
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  signal(child, 'SIGTERM')
  await Promise.race([ended, setTimeout(STOP_MS, undefined, { ref: false })])
  signal(child, 'SIGKILL')
}

/** Runs a command to its end; resolves with what it wrote. @throws Error with the last lines of what it wrote */
export function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { input?: string; shown?: boolean } = {},
): Promise<string> {
  const { input, shown = false, ...rest } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...rest, stdio: ['pipe', 'pipe', 'pipe'] })
    let out = ''
    let said = ''
    child.stdout?.on('data', (part: Buffer) => {
      out += part
      said += part
      if (shown) process.stdout.write(part)
    })
    child.stderr?.on('data', (part: Buffer) => {
      said += part
    })
    child.on('error', reject)
    child.on('close', (status) => {
      if (status === 0) resolve(out)
      else reject(new Error(`${command} ended with ${status}: ${said.trim().split('\n').slice(-6).join('\n')}`))
    })
    // Some end without having read it; how they ended says what is wrong.
    child.stdin?.on('error', () => undefined).end(input ?? '')
  })
}

/** Until something listens there. @throws Error if nothing does in five minutes, or the process ended */
export async function listens(port: number, { child }: Started): Promise<void> {
  const until = Date.now() + READY_MS
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} before it listened`)
    if (await reaches(port)) return
    await setTimeout(100)
  }
  throw new Error(`nothing listens on port ${port}`)
}

function reaches(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** Asks until it is answered: some listen before they are ready. @throws what was thrown last, after half a minute */
export async function succeeds<T>(ask: () => Promise<T>, until = Date.now() + ANSWER_MS): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (Date.now() > until) throw error
    await setTimeout(200)
    return succeeds(ask, until)
  }
}
