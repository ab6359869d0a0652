import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../server/process.ts'
import type { Peer } from '../peer.ts'
import { besideThis, folderOf, PEERS } from '../place.ts'
import { filled, type Postgres } from '../postgres.ts'
import { listens, run, start } from '../processes.ts'
import { postForm } from '../wire.ts'

const FOLDER = join(PEERS, 'privacyidea')
const HERE = besideThis('privacyidea')

/** privacyIDEA on PostgreSQL, or on SQLite where there is none; people come from a table through its SQL resolver. */
export function privacyIdea(postgres: Postgres | undefined): Peer {
  const engine = postgres === undefined ? 'SQLite' : 'PostgreSQL'
  return {
    name: `privacyIDEA on ${engine}`,
    what: `POST /validate/check {user, pass}; gunicorn, ${workers()} workers; SQL resolver, shared pool of connections, signed answers and audit; 10 wrong codes lock a token`,
    install: ['privacyidea/install.sh', FOLDER],
    algorithm: 'sha1',
    version: async () => /^Version: (.*)$/m.exec(await run(join(FOLDER, 'bin/pip'), ['show', 'privacyidea']))?.[1] ?? '?',
    start: async (people) => {
      const data = folderOf(`privacyidea-${engine.toLowerCase()}-${people}`)
      const database = `privacyidea_${people}`
      const url = postgres === undefined ? `sqlite:///${join(data, 'privacyidea.sqlite')}` : postgres.url(database)
      const environment = settle(data, url)
      const fill = (): Promise<void> => fillWith(data, url, people, environment)
      if (postgres === undefined) await once(join(data, 'filled'), fill)
      else await filled(postgres, database, fill)
      return serve(environment)
    },
  }
}

function workers(): number {
  return 2 * availableParallelism() + 1
}

/** Settings as its documentation asks for in production. */
function settle(data: string, url: string): NodeJS.ProcessEnv {
  const config = join(data, 'pi.cfg')
  const lines = {
    SQLALCHEMY_DATABASE_URI: url.replace('postgres://', 'postgresql+psycopg2://'),
    SECRET_KEY: 'of a benchmark, and of nothing else',
    PI_PEPPER: 'of a benchmark',
    PI_ENCFILE: join(data, 'enckey'),
    PI_AUDIT_KEY_PRIVATE: join(data, 'private.pem'),
    PI_AUDIT_KEY_PUBLIC: join(data, 'public.pem'),
    PI_UUID_FILE: join(data, 'uuid.txt'),
    PI_LOGFILE: join(folderOf('logs'), 'privacyidea-application.log'),
    PI_ENGINE_REGISTRY_CLASS: 'shared',
  }
  const text = Object.entries(lines).map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
  writeFileSync(config, `${[...text, 'PI_LOGLEVEL = 30', "SUPERUSER_REALM = ['super']"].join('\n')}\n`)
  return { ...process.env, PRIVACYIDEA_CONFIGFILE: config, PYTHONDONTWRITEBYTECODE: '1' }
}

async function fillWith(data: string, url: string, people: number, env: NodeJS.ProcessEnv): Promise<void> {
  for (const file of ['enckey', 'private.pem', 'public.pem', 'privacyidea.sqlite']) rmSync(join(data, file), { force: true })
  const manage = (...args: string[]): Promise<string> => run(join(FOLDER, 'bin/pi-manage'), args, { env })
  await manage('setup', 'create_enckey')
  await manage('setup', 'create_audit_keys')
  await manage('setup', 'create_tables')
  await run(join(FOLDER, 'bin/python'), [join(HERE, 'fill.py'), url, String(people)], { env })
}

async function once(mark: string, work: () => Promise<void>): Promise<void> {
  if (existsSync(mark)) return
  await work()
  writeFileSync(mark, '')
}

async function serve(env: NodeJS.ProcessEnv) {
  const port = await freePort()
  const how = ['--workers', String(workers()), '--bind', `127.0.0.1:${port}`, '--log-level', 'warning', '--chdir', HERE, 'wsgi:application']
  const log = join(folderOf('logs'), 'privacyidea.log')
  const server = start(join(FOLDER, 'bin/gunicorn'), how, { env, log })
  await listens(port, server)
  return {
    addresses: [`http://127.0.0.1:${port}`],
    requests: async (codes: readonly { name: string; code: string }[]) =>
      codes.map(({ name, code }) => postForm('/validate/check', {}, { user: name, pass: code })),
    accepts: { status: 200, text: '"value": true' },
    stop: server.stop,
  }
}
