import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../server/process.ts'
import type { Code } from '../codes.ts'
import type { Peer } from '../peer.ts'
import { besideThis, DEBIAN, folderOf, unpackedVersion } from '../place.ts'
import { filled, type Postgres } from '../postgres.ts'
import { listens, start } from '../processes.ts'
import { postJson } from '../wire.ts'

const SCHEMA = join(DEBIAN, 'usr/share/dbconfig-common/data/glewlwyd/install')
const LIBRARIES = join(DEBIAN, 'usr/lib/x86_64-linux-gnu')

/** Glewlwyd of Debian, on PostgreSQL. */
export function glewlwyd(postgres: Postgres): Peer {
  return {
    name: 'Glewlwyd on PostgreSQL',
    what: 'POST /api/auth {username, scheme_type: otp, value}, no password asked; each answer that accepts makes a session; no limit on wrong codes, as it comes',
    install: ['debian.sh', DEBIAN, 'glewlwyd'],
    algorithm: 'sha1',
    version: async () => unpackedVersion('glewlwyd'),
    start: async (people) => {
      const database = `glewlwyd_${people}`
      await filled(postgres, database, () => fill(postgres, database, people))
      const port = await freePort()
      const config = join(folderOf(`glewlwyd-${people}`), 'glewlwyd.conf')
      writeFileSync(config, settings(port, postgres, database))
      const env = { ...process.env, LD_LIBRARY_PATH: LIBRARIES }
      const server = start(join(DEBIAN, 'usr/bin/glewlwyd'), ['-c', config], { env, log: join(folderOf('logs'), 'glewlwyd.log') })
      await listens(port, server)
      return {
        addresses: [`http://127.0.0.1:${port}`],
        requests: async (codes) => codes.map(ask),
        accepts: { status: 200 },
        stop: server.stop,
      }
    },
  }
}

function ask({ name, code }: Code): string {
  return postJson('/api/auth/', {}, { username: name, scheme_type: 'otp', scheme_name: 'otp', value: { value: code } })
}

async function fill(postgres: Postgres, database: string, people: number): Promise<void> {
  await postgres.sql(database, 'create extension if not exists pgcrypto')
  await postgres.file(database, join(SCHEMA, 'pgsql'), {})
  await postgres.file(database, join(SCHEMA, 'postgre.default.sql'), {})
  await postgres.file(database, besideThis('base32.sql'), {})
  await postgres.file(database, besideThis('glewlwyd', 'fill.sql'), { people })
}

/** As its sample sets it, behind a reverse proxy that speaks TLS. */
function settings(port: number, postgres: Postgres, database: string): string {
  const modules = join(DEBIAN, 'usr/lib/glewlwyd')
  return `port=${port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:${port}"
login_url="login.html"
api_prefix="api"
static_files_path="${join(DEBIAN, 'usr/share/glewlwyd/webapp/')}"
log_mode="file"
log_level="ERROR"
log_file="${join(folderOf('logs'), 'glewlwyd-application.log')}"
cookie_domain="127.0.0.1"
cookie_secure=1
cookie_same_site="empty"
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_session_authentication="cookie"
profile_session_authentication="cookie"
allow_multiple_user_per_session=true
login_api_enabled=true
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="${modules}/user"
client_module_path="${modules}/client"
user_auth_scheme_module_path="${modules}/scheme"
plugin_module_path="${modules}/plugin"
hash_algorithm="SHA512"
database = { type = "postgre"; conninfo = "host=127.0.0.1 port=${postgres.port} dbname=${database} user=bench" };
`
}
