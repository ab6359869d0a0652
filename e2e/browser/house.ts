import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import PostalMime from 'postal-mime'

const LATCHKEY = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'latchkey.js')
const READY_WITHIN_MS = 60_000
const MAIL_WITHIN_MS = 20_000

type Mail = { to: string; subject: string; text: string }
type Run = { status: number | null; stdout: string; stderr: string }

/** The product as an administrator starts it, on free ports, with its data in an empty folder. */
export type House = {
  readonly login: string
  readonly token: string
  readonly portal: string
  readonly health: string
  readonly data: string
  /** What `serve` printed when it started. */
  readonly printed: () => string
  /** Runs the command line beside it; lines are what a person would type. */
  readonly run: (args: readonly string[], lines?: readonly string[]) => Promise<Run>
  /** The same with `--json`: the object that it printed. */
  readonly json: (args: readonly string[], lines?: readonly string[]) => Promise<Record<string, unknown>>
  /** Waits for a mail whose subject contains this, to this address if one is given, after those that were read before. */
  readonly mail: (subject: string, to?: string) => Promise<Mail>
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>
  /** Starts it again on the same data and ports. */
  readonly restart: () => Promise<void>
  readonly close: () => Promise<void>
}

export async function openHouse(settings: Readonly<Record<string, string>> = {}): Promise<House> {
  const data = mkdtempSync(join(tmpdir(), 'latchkey-house-'))
  const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()])
  const [login = 0, token = 0, portal = 0, health = 0] = ports
  const environment = {
    ...process.env,
    LATCHKEY_DATA: data,
    LATCHKEY_LOGIN_PORT: String(login),
    LATCHKEY_TOKEN_PORT: String(token),
    LATCHKEY_PORTAL_PORT: String(portal),
    LATCHKEY_HEALTH_PORT: String(health),
    LATCHKEY_VAULT: join(data, 'vault'),
    LATCHKEY_KEYRING: 'off',
    LATCHKEY_LOG_LEVEL: 'warn',
    ...settings,
  }
  let serving = await serve(environment)
  const seen = new Set<string>()
  const run = (args: readonly string[], lines: readonly string[] = []): Promise<Run> => runOnce(environment, args, lines)
  const house: House = {
    login: `http://localhost:${login}`,
    token: `http://localhost:${token}`,
    portal: `http://localhost:${portal}`,
    health: `http://localhost:${health}`,
    data,
    printed: () => serving.printed(),
    run,
    json: async (args, lines) => {
      const { status, stdout, stderr } = await run([...args, '--json'], lines)
      if (stdout.trim() === '') throw new Error(`latchkey ${args.join(' ')} ended with ${status}: ${stderr}`)
      return JSON.parse(stdout)
    },
    mail: (subject, to) => waitForMail(join(data, 'outbox'), { subject, to }, seen),
    kill: (signal) => end(serving.child, signal),
    restart: async () => {
      serving = await serve(environment)
    },
    close: async () => {
      await end(serving.child, 'SIGTERM')
      rmSync(data, { recursive: true, force: true })
    },
  }
  return house
}

type Serving = { child: ChildProcess; printed: () => string }

function serve(environment: NodeJS.ProcessEnv): Promise<Serving> {
  const child = spawn(process.execPath, [LATCHKEY, 'serve'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`serve is not ready: ${printed}`)), READY_WITHIN_MS)
    const hear = (text: string): void => {
      const before = printed
      printed += text
      if (before.includes('Latchkey is ready.') || !printed.includes('Latchkey is ready.')) return
      clearTimeout(late)
      // The lines that follow come in the same breath.
      setImmediate(() => resolve({ child, printed: () => printed }))
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    child.on('close', (status) => reject(new Error(`serve ended with ${status}: ${printed}`)))
  })
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise((resolve) => {
    child.on('close', resolve)
    child.kill(signal)
  })
}

function runOnce(environment: NodeJS.ProcessEnv, args: readonly string[], lines: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [LATCHKEY, ...args], { env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
}

type Wanted = { subject: string; to: string | undefined }

async function waitForMail(folder: string, { subject, to }: Wanted, seen: Set<string>): Promise<Mail> {
  const until = performance.now() + MAIL_WITHIN_MS
  while (performance.now() < until) {
    const fresh = existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.eml') && !seen.has(name))
          .sort()
      : []
    for (const name of fresh) {
      const mail = await PostalMime.parse(readFileSync(join(folder, name)))
      const address = mail.to?.[0]?.address ?? ''
      if (mail.subject?.includes(subject) !== true || (to !== undefined && address !== to)) continue
      seen.add(name)
      return { to: address, subject: mail.subject, text: mail.text ?? '' }
    }
    await pause(100)
  }
  throw new Error(`no mail about “${subject}” came`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
