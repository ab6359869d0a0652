import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from '../../bench/server/process.ts'

const LATCHKEY = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'latchkey.js')
const SHIFT = join(import.meta.dirname, 'shift-clock.mjs')
const READY_WITHIN_MS = 120_000

/** One `latchkey serve`, without the portal, in a process of its own. It can be killed and started again, on the same ports. */
export type Instance = {
  readonly port: number
  /** Resolves when it is ready, or has ended before it was: it may be killed at any moment. */
  readonly start: () => Promise<'ready' | 'ended'>
  readonly end: (signal: NodeJS.Signals) => Promise<void>
  /** The body of `/readyz`; undefined where there is no answer. */
  readonly readiness: () => Promise<string | undefined>
  /** What the runs so far printed, at most the last of it. */
  readonly printed: () => string
  readonly running: () => boolean
}

export type How = {
  environment: NodeJS.ProcessEnv
  /** By how much its clock is ahead. */
  shiftMs?: number
  /** A command that runs it somewhere else, and its arguments: `ip netns exec …`. */
  under?: readonly string[]
  host?: string
}

export async function openInstance({ environment, shiftMs = 0, under = [], host = '127.0.0.1' }: How): Promise<Instance> {
  const [port = 0, tokenPort = 0, healthPort = 0] = await Promise.all([freePort(), freePort(), freePort()])
  const settings = {
    ...process.env,
    ...environment,
    LATCHKEY_LOGIN_HOST: host,
    LATCHKEY_LOGIN_PORT: String(port),
    LATCHKEY_TOKEN_PORT: String(tokenPort),
    LATCHKEY_HEALTH_PORT: String(healthPort),
    LATCHKEY_PORTAL_ENABLED: 'false',
    LATCHKEY_LOG_LEVEL: 'warn',
    LATCHKEY_SHIFT_MS: String(shiftMs),
  }
  let child: ChildProcess | undefined
  let printed = ''
  const running = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null
  return {
    port,
    running,
    printed: () => printed,
    start: () => {
      const [command = process.execPath, ...args] = [
        ...under,
        process.execPath,
        ...(shiftMs === 0 ? [] : ['--import', SHIFT]),
        LATCHKEY,
        'serve',
      ]
      const started = spawn(command, args, { env: settings, stdio: ['ignore', 'pipe', 'pipe'] })
      child = started
      return untilReady(started, (text) => {
        printed = (printed + text).slice(-LARGEST_PRINTED)
      })
    },
    end: async (signal) => {
      if (child === undefined || !running()) return
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
    readiness: () => (under.length === 0 ? readyz(healthPort) : readyzUnder(under, healthPort)),
  }
}

const LARGEST_PRINTED = 3_000

function untilReady(child: ChildProcess, hear: (text: string) => void): Promise<'ready' | 'ended'> {
  let said = ''
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`latchkey serve is not ready: ${said}`)), READY_WITHIN_MS)
    const settle = (how: 'ready' | 'ended'): void => {
      clearTimeout(late)
      resolve(how)
    }
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      hear(text)
      said = (said + text).slice(-LARGEST_PRINTED)
      if (said.includes('Latchkey is ready.')) settle('ready')
    })
    child.stderr?.setEncoding('utf8').on('data', hear)
    child.on('error', reject)
    child.on('exit', () => settle('ended'))
  })
}

async function readyz(port: number): Promise<string | undefined> {
  try {
    return await (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(5_000) })).text()
  } catch {
    return undefined
  }
}

/** Its health listener is on its own machine's addresses alone: it is asked from there. */
async function readyzUnder([command = '', ...args]: readonly string[], port: number): Promise<string | undefined> {
  const script = `fetch('http://127.0.0.1:${port}/readyz').then((answer) => answer.text()).then((text) => process.stdout.write(text))`
  const child = spawn(command, [...args, process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await once(child, 'close')
  return said === '' ? undefined : said
}
