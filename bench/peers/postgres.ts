import { chownSync, existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../server/process.ts'
import { DEBIAN, folderOf, UNPRIVILEGED } from './place.ts'
import { listens, run, start, succeeds } from './processes.ts'

/** The database server that all of them share, and its own benchmark beside them. */
export type Postgres = {
  port: number
  version: string
  /** The folder of its programs. */
  bin: string
  url: (database: string) => string
  has: (database: string) => Promise<boolean>
  make: (database: string) => Promise<void>
  drop: (database: string) => Promise<void>
  /** Runs SQL, or a file of it with variables. */
  sql: (database: string, sql: string) => Promise<string>
  file: (database: string, file: string, variables: Readonly<Record<string, string | number>>) => Promise<void>
  stop: () => Promise<void>
}

const USER = 'bench'
/** A quarter of a machine of 4 GB for its cache, as its documentation advises; everything that makes an answer durable is as it comes. */
const SETTINGS = ['shared_buffers=1GB', 'max_connections=200', 'max_wal_size=4GB', 'listen_addresses=127.0.0.1', 'unix_socket_directories=']

/** PostgreSQL of Debian: the system's, or the one that `debian.sh` unpacked. */
export async function startPostgres(): Promise<Postgres> {
  const bin = binFolder()
  const data = folderOf('postgres')
  const as = UNPRIVILEGED ?? {}
  if (UNPRIVILEGED !== undefined) chownSync(data, UNPRIVILEGED.uid, UNPRIVILEGED.gid)
  const environment = { ...process.env, LD_LIBRARY_PATH: join(DEBIAN, 'usr/lib/x86_64-linux-gnu') }
  const options = { cwd: data, env: bin.startsWith(DEBIAN) ? environment : process.env, ...as }
  if (!existsSync(join(data, 'PG_VERSION')))
    await run(join(bin, 'initdb'), ['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C'], options)
  const port = await keptPort()
  const log = join(folderOf('logs'), 'postgres.log')
  const settings = SETTINGS.flatMap((setting) => ['-c', setting])
  const server = start(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings], { ...options, log })
  await listens(port, server)
  return accessTo(bin, port, server.stop)
}

/** The same port each time: privacyIDEA keeps in its database where its people are. */
async function keptPort(): Promise<number> {
  const file = join(folderOf('filled'), 'port')
  if (!existsSync(file)) writeFileSync(file, String(await freePort()))
  return Number(readFileSync(file, 'utf8'))
}

async function accessTo(bin: string, port: number, stop: () => Promise<void>): Promise<Postgres> {
  const where = ['-h', '127.0.0.1', '-p', String(port), '-U', USER, '-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1']
  const sql = (database: string, text: string): Promise<string> => run(join(bin, 'psql'), [...where, database], { input: text })
  return {
    port,
    bin,
    version: (await succeeds(() => sql('postgres', 'show server_version'))).trim(),
    url: (database) => `postgres://${USER}@127.0.0.1:${port}/${database}`,
    has: async (database) => (await sql('postgres', `select 1 from pg_database where datname = '${database}'`)).trim() === '1',
    make: async (database) => void (await sql('postgres', `create database ${database}`)),
    drop: async (database) => void (await sql('postgres', `drop database if exists ${database} with (force)`)),
    sql,
    file: async (database, file, variables) => {
      const set = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`])
      await run(join(bin, 'psql'), [...where, ...set, '-f', file, database])
    },
    stop,
  }
}

function binFolder(): string {
  const found = ['/usr/lib/postgresql', join(DEBIAN, 'usr/lib/postgresql')].flatMap((folder) => globSync(`${folder}/*/bin/initdb`))
  const [first] = found.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  if (first === undefined) throw new Error('PostgreSQL is not installed')
  return first.slice(0, -'/initdb'.length)
}

/** A database that is filled once, and used again while it was filled whole. */
export async function filled(postgres: Postgres, database: string, fill: () => Promise<void>): Promise<void> {
  const mark = join(folderOf('filled'), database)
  if (existsSync(mark) && (await postgres.has(database))) return
  await postgres.drop(database)
  await postgres.make(database)
  await fill()
  writeFileSync(mark, '')
}
