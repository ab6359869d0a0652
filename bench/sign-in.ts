import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readConfig } from '@latchkey/server/config'
import { verify } from '@node-rs/argon2'
import type { Figure } from './run.ts'
import { makePeople, PASSWORD } from './server/people.ts'
import { freePort } from './server/process.ts'
import { signInAll } from './server/sign-in.ts'
import { median } from './validation.ts'

const LATCHKEY = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'latchkey.js')
const STARTS = 5
const ROUNDS = 5
const A_ROUND = 100
const AT_ONCE = 8
const SIGN_INS = 1_000
const SETTLE_MS = 60_000

type Serving = { readyMs: number; memory: () => number; stop: () => Promise<void> }

/** What `latchkey serve` is like as a process: ready how soon on a database that is there, how many password sign-ins it does beside the bare library, how large it is afterwards. */
export async function measureServing(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const [login, token, portal, health] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
  const environment = {
    ...process.env,
    LATCHKEY_DATA: data,
    LATCHKEY_LOGIN_PORT: String(login),
    LATCHKEY_TOKEN_PORT: String(token),
    LATCHKEY_PORTAL_PORT: String(portal),
    LATCHKEY_HEALTH_PORT: String(health),
    LATCHKEY_LOG_LEVEL: 'warn',
  }
  const config = readConfig(environment)
  const { people, hash } = await makePeople(config, SIGN_INS)
  const starts: number[] = []
  for (let start = 0; start < STARTS; start += 1) {
    const serving = await serve(environment)
    starts.push(serving.readyMs)
    await serving.stop()
  }
  const serving = await serve(environment)
  const names = people.map(({ name }) => name)
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const bare = await bareRate(hash)
    ratios.push((await signInAll(config.login.url, names.slice(round * A_ROUND, (round + 1) * A_ROUND), AT_ONCE)) / bare)
  }
  await signInAll(config.login.url, names.slice(ROUNDS * A_ROUND), AT_ONCE)
  await pause(SETTLE_MS)
  const memory = serving.memory()
  await serving.stop()
  rmSync(data, { recursive: true, force: true })
  return figuresOf({ starts, ratios, memory })
}

function figuresOf({ starts, ratios, memory }: { starts: readonly number[]; ratios: readonly number[]; memory: number }): Figure[] {
  const ready = median(starts)
  const ratio = median(ratios)
  return [
    {
      what: 'latchkey serve, ready',
      figure: `${ready.toFixed(0)} ms`,
      limit: 'at most 1000 ms',
      holds: ready <= 1000,
      detail: `starts ${starts.map((one) => one.toFixed(0)).join(' ')}`,
    },
    {
      what: 'password sign-ins / bare Argon2id',
      figure: ratio.toFixed(2),
      limit: 'at least 0.9',
      holds: ratio >= 0.9,
      detail: `ratios ${ratios.map((one) => one.toFixed(2)).join(' ')}`,
    },
    {
      what: `memory, a minute after ${SIGN_INS} sign-ins`,
      figure: `${memory.toFixed(0)} MB`,
      limit: 'below 150 MB',
      holds: memory < 150,
      detail: 'resident, the portal included',
    },
  ]
}

/** Verifications a second of the library alone, at the shipped parameters, as many at once as the sign-ins. */
async function bareRate(hash: string): Promise<number> {
  let left = A_ROUND
  const from = performance.now()
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      if (!(await verify(hash, PASSWORD))) throw new Error('the password does not hold')
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return A_ROUND / ((performance.now() - from) / 1000)
}

async function serve(environment: NodeJS.ProcessEnv): Promise<Serving> {
  const from = performance.now()
  const child = spawn(process.execPath, [LATCHKEY, 'serve'], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => text.includes('Latchkey is ready.') && resolve())
    child.on('exit', (status) => reject(new Error(`serve ended with ${status}`)))
  })
  return {
    readyMs: performance.now() - from,
    memory: () => (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024) / 1e6,
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit').on('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}
