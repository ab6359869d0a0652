import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeApiKey } from '@latchkey/server/api-keys/make-api-key'
import { type Config, readConfig } from '@latchkey/server/config'
import { INSIDE } from '@latchkey/server/context'
import { openSilentLog } from '@latchkey/server/observe/log'
import { openContext } from '@latchkey/server/operate/open-context'
import { makePeople } from '../../server/people.ts'
import { beside, freePort } from '../../server/process.ts'
import { type Code, keyOf } from '../codes.ts'
import type { Peer, Running } from '../peer.ts'
import { folderOf } from '../place.ts'
import { filled, type Postgres } from '../postgres.ts'
import { postJson } from '../wire.ts'
import { bytesOfFile, bytesOfTables } from './bytes.ts'

const SERVE = join(import.meta.dirname, '..', '..', 'server', 'serve.ts')
const SERVER = join(import.meta.dirname, '..', '..', '..', 'packages', 'server', 'src')
const VALIDATE = 'POST /api/v1/validate {user, code}'

/** What was filled by another schema, or sealed in another way, is not used again. */
const SHAPE = digestOf(globSync(join(SERVER, 'db/migrations/*.ts')), [join(SERVER, 'tokens/key-sets.ts'), join(SERVER, 'keys/key-ring.ts')])

/** What earlier runs counted is over: wrong codes of thirty days, of the same thousand people in each run, end in an hour's wait. */
const FORGET = `delete from wrong_codes;
  update code_guards set failures = 0, not_before = 0, door_failures = 0, door_not_before = 0, doors_shut_at = null, wrong_since_success = 0, warned_at = null
  where failures > 0 or door_failures > 0 or wrong_since_success > 0`

/** Latchkey as `latchkey serve` starts it, with its embedded database. */
export const EMBEDDED: Peer = {
  name: 'Latchkey',
  what: `${VALIDATE}; embedded database, WAL, synchronous = full, every setting as it comes`,
  algorithm: 'sha256',
  version,
  start: async (people) => {
    const data = folderOf(`latchkey-${people}-${SHAPE}`)
    const config = await settingsFor(data, {})
    const mark = join(data, 'filled')
    if (!existsSync(mark)) {
      rmSync(data, { recursive: true, force: true })
      await makePeople(config.config, people, keyOf)
      writeFileSync(mark, String(bytesOfFile(config.config.databaseFile)))
    }
    const file = new DatabaseSync(config.config.databaseFile)
    file.exec(FORGET)
    file.close()
    return serve([config], mark)
  },
}

/** Latchkey on PostgreSQL; its instances share the people, and so the codes that are left. */
export function onPostgres(postgres: Postgres, instances: number): Peer {
  return {
    name: `Latchkey on PostgreSQL, ${instances === 1 ? 'one instance' : `${instances} instances`}`,
    what: `${VALIDATE}; ${instances} of the same on one PostgreSQL${instances === 1 ? '' : ', requests shared out evenly'}`,
    algorithm: 'sha256',
    population: 'latchkey-postgres',
    version,
    start: async (people) => {
      const database = `latchkey_${people}_${SHAPE}`
      const data = folderOf(`latchkey-postgres-${people}-${SHAPE}`)
      const settings = { LATCHKEY_DATABASE_URL: postgres.url(database) }
      const configs = await Promise.all(Array.from({ length: instances }, () => settingsFor(data, settings)))
      const [first] = configs
      if (first === undefined) throw new Error('no instance')
      await filled(postgres, database, async () => {
        rmSync(data, { recursive: true, force: true })
        await makePeople(first.config, people, keyOf)
        await postgres.sql(database, 'vacuum analyze')
        writeFileSync(join(data, 'filled'), String(await bytesOfTables(postgres, database)))
      })
      await postgres.sql(database, FORGET)
      return serve(configs, join(data, 'filled'))
    },
  }
}

function digestOf(...files: readonly (readonly string[])[]): string {
  const hash = createHash('sha256')
  for (const file of files.flat().sort()) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 8)
}

type Settings = { config: Config; environment: NodeJS.ProcessEnv }

async function settingsFor(data: string, more: NodeJS.ProcessEnv): Promise<Settings> {
  const environment = {
    ...process.env,
    NODE_ENV: 'production',
    LATCHKEY_DATA: data,
    LATCHKEY_LOGIN_PORT: String(await freePort()),
    LATCHKEY_TOKEN_PORT: String(await freePort()),
    LATCHKEY_HEALTH_PORT: String(await freePort()),
    ...more,
  }
  return { config: readConfig(environment), environment }
}

/** @param mark names a file with the bytes of the tables as they were filled: a run makes them grow */
async function serve(configs: readonly Settings[], mark: string): Promise<Running> {
  const [first] = configs
  if (first === undefined) throw new Error('no instance')
  const bytes = Number(readFileSync(mark, 'utf8'))
  const apiKey = await makeKey(first.config)
  const servers: Awaited<ReturnType<typeof beside>>[] = []
  for (const { environment } of configs) servers.push(await beside(SERVE, environment))
  return {
    addresses: configs.map(({ config }) => `http://127.0.0.1:${config.login.port}`),
    requests: async (codes) => codes.map((code) => ask(code, apiKey)),
    accepts: { status: 200, text: '"accepted":true' },
    bytes,
    stop: async () => {
      for (const { child } of servers) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const ended = new Promise((resolve) => child.once('exit', resolve))
        child.disconnect()
        await ended
      }
    },
  }
}

function ask({ name, code }: Code, apiKey: string): string {
  return postJson('/api/v1/validate', { authorization: `Bearer ${apiKey}` }, { user: name, code })
}

async function makeKey(config: Config): Promise<string> {
  const { context, close } = await openContext(config, openSilentLog())
  const made = await makeApiKey(context, INSIDE, 'bench')
  await close()
  if (made.outcome !== 'made') throw new Error('no API key')
  return made.secret
}

async function version(): Promise<string> {
  const { default: about } = await import('../../../package.json', { with: { type: 'json' } })
  return about.version
}
