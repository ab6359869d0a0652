import { createHmac, randomBytes } from 'node:crypto'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { freePort } from '../../server/process.ts'
import type { Code } from '../codes.ts'
import type { Peer } from '../peer.ts'
import { besideThis, folderOf, PEERS } from '../place.ts'
import { filled, type Postgres } from '../postgres.ts'
import { listens, run, start } from '../processes.ts'
import { postJson } from '../wire.ts'

const FOLDER = join(PEERS, 'better-auth')
const SECRET = 'of a benchmark, and of nothing else, 32 characters'
const COOKIE = 'better-auth.two_factor'
const ADDRESSES = 256

/** better-auth in a process of Node, on PostgreSQL. What is measured is its second step alone: the challenges that its first step leaves are put in before. */
export function betterAuth(postgres: Postgres): Peer {
  return {
    name: 'better-auth on PostgreSQL',
    what: 'POST /two-factor/verify-totp {code} with the cookie of a sign-in that was prepared, no password asked; rate limit on, each request from an address of its own; 5 wrong codes end a sign-in, 10 an account for 15 minutes; its codes can be used again',
    install: ['better-auth/install.sh', FOLDER],
    algorithm: 'sha1',
    version: async () =>
      z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(FOLDER, 'node_modules/better-auth/package.json'), 'utf8')))
        .version,
    start: async (people) => {
      for (const file of ['auth.mjs', 'serve.mjs', 'fill.mjs']) copyFileSync(besideThis('better-auth', file), join(FOLDER, file))
      const database = `better_auth_${people}`
      const port = await freePort()
      const origin = `http://127.0.0.1:${port}`
      const bench = { BENCH_PORT: String(port), BENCH_ORIGIN: origin, BENCH_SECRET: SECRET, BENCH_DATABASE: postgres.url(database) }
      const env = { ...process.env, ...bench, NODE_ENV: 'production' }
      await filled(postgres, database, async () => void (await run(process.execPath, ['fill.mjs', String(people)], { cwd: FOLDER, env })))
      const server = start(process.execPath, ['serve.mjs'], { cwd: FOLDER, env, log: join(folderOf('logs'), 'better-auth.log') })
      await listens(port, server)
      return {
        addresses: [origin],
        requests: (codes) => challenge(postgres, database, origin, codes),
        accepts: { status: 200, text: '"token"' },
        stop: server.stop,
      }
    },
  }
}

/** Puts in what a sign-in with the right password leaves: the challenge and its count of tries. Of unknown people there is none. */
async function challenge(postgres: Postgres, database: string, origin: string, codes: readonly Code[]): Promise<string[]> {
  const asked = codes.map((code) => ({ ...code, id: `2fa-${randomBytes(15).toString('base64url')}` }))
  const known = asked.filter(({ name }) => name.startsWith('person-'))
  const rows = known.flatMap(({ name, id }) => [`${id}\t${id}\t${name}`, `a-${id}\t2fa-attempts-${id}\t0`])
  const table = 'create temporary table given (id text, identifier text, value text);'
  const copy = `copy given from stdin;\n${rows.join('\n')}\n\\.\n`
  const put = `insert into verification (id, identifier, value, "expiresAt") select id, identifier, value, now() + interval '10 minutes' from given;`
  if (rows.length > 0) await postgres.sql(database, `${table}\n${copy}${put}`)
  return asked.map(({ id, code }, number) =>
    postJson(
      '/api/auth/two-factor/verify-totp',
      { origin, cookie: `${COOKIE}=${signed(id)}`, 'x-forwarded-for': addressOf(number) },
      { code },
    ),
  )
}

function signed(value: string): string {
  return encodeURIComponent(`${value}.${createHmac('sha256', SECRET).update(value).digest('base64')}`)
}

/** Another one for each request. */
function addressOf(number: number): string {
  return `10.${Math.floor(number / ADDRESSES ** 2) % ADDRESSES}.${Math.floor(number / ADDRESSES) % ADDRESSES}.${number % ADDRESSES}`
}
