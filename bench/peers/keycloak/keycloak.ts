import { globSync } from 'node:fs'
import { join } from 'node:path'
import { PASSWORD } from '../../server/people.ts'
import { freePort } from '../../server/process.ts'
import type { Code } from '../codes.ts'
import type { Peer } from '../peer.ts'
import { besideThis, folderOf, PEERS } from '../place.ts'
import { filled, type Postgres } from '../postgres.ts'
import { listens, run, start } from '../processes.ts'
import { postForm } from '../wire.ts'

const FOLDER = join(PEERS, 'keycloak')
const KC = join(FOLDER, 'bin', 'kc.sh')
const CLIENT_SECRET = 'of a benchmark, and of nothing else'

/** Keycloak built for production on PostgreSQL. It asks for the password with the code, and hashes it: that is the larger part of the answer. */
export function keycloak(postgres: Postgres): Peer {
  return {
    name: 'Keycloak on PostgreSQL, password too',
    what: 'direct grant {username, password, totp} with its Argon2id (7 MiB, 5 passes) each time; brute force protection on; one node, local cache',
    install: ['keycloak/install.sh', FOLDER],
    algorithm: 'sha1',
    version: async () => globSync(`${FOLDER}/.built-*`)[0]?.split('.built-')[1] ?? '?',
    start: async (people) => {
      const database = `keycloak_${people}`
      const env = {
        ...process.env,
        KC_DB_URL: `jdbc:postgresql://127.0.0.1:${postgres.port}/${database}`,
        KC_DB_USERNAME: 'bench',
        KC_DB_PASSWORD: 'bench',
      }
      await filled(postgres, database, async () => {
        await run(KC, ['import', '--optimized', '--file', besideThis('keycloak', 'realm.json')], { env })
        await postgres.file(database, besideThis('base32.sql'), {})
        await postgres.file(database, besideThis('keycloak', 'fill.sql'), { people })
      })
      const port = await freePort()
      const how = [
        'start',
        '--optimized',
        '--http-enabled=true',
        '--http-host=127.0.0.1',
        `--http-port=${port}`,
        '--hostname-strict=false',
        '--log-level=warn',
      ]
      const server = start(KC, how, { env, log: join(folderOf('logs'), 'keycloak.log') })
      await listens(port, server)
      return {
        addresses: [`http://127.0.0.1:${port}`],
        requests: async (codes) => codes.map(ask),
        accepts: { status: 200, text: '"access_token"' },
        stop: server.stop,
      }
    },
  }
}

function ask({ name, code }: Code): string {
  const asked = { grant_type: 'password', client_id: 'bench', client_secret: CLIENT_SECRET, username: name, password: PASSWORD, totp: code }
  return postForm('/realms/bench/protocol/openid-connect/token', {}, asked)
}
