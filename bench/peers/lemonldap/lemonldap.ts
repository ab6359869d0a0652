import { chownSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PASSWORD } from '../../server/people.ts'
import { freePort } from '../../server/process.ts'
import type { Code } from '../codes.ts'
import type { Peer } from '../peer.ts'
import { besideThis, DEBIAN, folderOf, UNPRIVILEGED, unpackedVersion } from '../place.ts'
import { filled, type Postgres } from '../postgres.ts'
import { listens, start, succeeds } from '../processes.ts'
import { postForm } from '../wire.ts'
import { configuration, HOST, initialisation, site } from './settings.ts'

const PACKAGES = [
  ...['nginx-light', 'liblemonldap-ng-portal-perl', 'lemonldap-ng-fastcgi-server', 'libapache-session-browseable-perl', 'libdbd-pg-perl'],
  ...['libconvert-base32-perl', 'libdigest-hmac-perl', 'libhttp-parser-xs-perl', 'libcrypt-openssl-bignum-perl'],
  ...['libgd-securityimage-perl', 'libimage-magick-perl', 'libio-string-perl', 'libipc-run-perl', 'libunicode-string-perl'],
]
/** As many as Debian's service starts. */
const WORKERS = 7
const AT_ONCE = 16

/** LemonLDAP::NG of Debian behind nginx, everything in PostgreSQL. What is measured is its second step alone; the sign-ins before it are made before. */
export function lemonldap(postgres: Postgres): Peer {
  return {
    name: 'LemonLDAP::NG on PostgreSQL',
    what: `POST /totp2fcheck {token, code} after a sign-in that was prepared, no password asked; nginx, FastCGI, ${WORKERS} workers; each answer that accepts makes a session; no limit on wrong codes, as it comes; its codes can be used again`,
    install: ['debian.sh', DEBIAN, ...PACKAGES],
    algorithm: 'sha1',
    version: async () => unpackedVersion('liblemonldap-ng-portal-perl'),
    start: async (people) => {
      const database = `lemonldap_${people}`
      await filled(postgres, database, async () => {
        await postgres.file(database, besideThis('base32.sql'), {})
        await postgres.file(database, besideThis('lemonldap', 'fill.sql'), { people })
      })
      const port = await freePort()
      const data = settle(people, port, postgres, database)
      const stop = await serve(data, port)
      const origin = `http://127.0.0.1:${port}`
      await succeeds(() => ticketOf(origin, 'person-0'))
      return { addresses: [origin], requests: (codes) => signIn(origin, codes), accepts: { status: 302 }, stop }
    },
  }
}

function settle(people: number, port: number, postgres: Postgres, database: string): string {
  const data = folderOf(`lemonldap-${people}`)
  rmSync(data, { recursive: true, force: true })
  for (const name of ['conf', 'cache', 'temporary']) folderOf(`lemonldap-${people}`, name)
  writeFileSync(join(data, 'conf', 'lmConf-1.json'), configuration({ data, port, postgres, database }))
  writeFileSync(join(data, 'lemonldap-ng.ini'), initialisation(data))
  writeFileSync(join(data, 'nginx.conf'), site(data, port))
  if (UNPRIVILEGED !== undefined)
    for (const name of ['', ...readdirSync(data)]) chownSync(join(data, name), UNPRIVILEGED.uid, UNPRIVILEGED.gid)
  return data
}

async function serve(data: string, port: number): Promise<() => Promise<void>> {
  const usr = join(DEBIAN, 'usr')
  const perl = ['share/perl5', 'lib/x86_64-linux-gnu/perl5/5.36'].map((folder) => join(usr, folder)).join(':')
  const env = {
    ...process.env,
    PERL5LIB: perl,
    LD_LIBRARY_PATH: join(usr, 'lib/x86_64-linux-gnu'),
    LLNG_DEFAULTCONFFILE: join(data, 'lemonldap-ng.ini'),
    LLNG_DEFAULTLOGGER: 'Lemonldap::NG::Common::Logger::Std',
    USER: '',
    GROUP: '',
  }
  const options = { cwd: data, env, log: join(folderOf('logs'), 'lemonldap.log'), ...UNPRIVILEGED }
  const how = ['--foreground', '-n', String(WORKERS), '-p', join(data, 'llng.pid'), '-s', join(data, 'llng.sock')]
  const portal = start('perl', [join(usr, 'sbin/llng-fastcgi-server'), ...how], options)
  const nginx = start(join(usr, 'sbin/nginx'), ['-p', data, '-c', join(data, 'nginx.conf')], options)
  await listens(port, nginx)
  return async () => {
    await nginx.stop()
    await portal.stop()
  }
}

/** Signs each person in with their password, for the ticket that the second step asks for. */
async function signIn(origin: string, codes: readonly Code[]): Promise<string[]> {
  const asked: string[] = new Array(codes.length)
  let next = 0
  const work = async (): Promise<void> => {
    for (let place = next++; place < codes.length; place = next++) {
      const { name = '', code = '' } = codes[place] ?? {}
      const token = name.startsWith('person-') ? await ticketOf(origin, name) : `${Math.floor(Date.now() / 1000)}_unknown`
      asked[place] = postForm('/totp2fcheck', { host: HOST, accept: 'text/html' }, { token, code })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return asked
}

async function ticketOf(origin: string, user: string): Promise<string> {
  const { request } = await import('node:http')
  const body = String(new URLSearchParams({ user, password: PASSWORD }))
  const headers = {
    host: HOST,
    accept: 'text/html',
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
  }
  const page = await new Promise<string>((resolve, reject) => {
    const sent = request(origin, { method: 'POST', headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.on('end', () => resolve(text))
    })
    sent.on('error', reject).end(body)
  })
  const token = /name="token" value="(?<token>[^"]+)"/.exec(page)?.groups?.['token']
  if (token === undefined) throw new Error(`LemonLDAP::NG asks ${user} for no code`)
  return token
}
