import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, type RequestOptions, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@latchkey/server/config'
import type { Figure } from './run.ts'
import { makePeople } from './server/people.ts'
import { beside, freePort } from './server/process.ts'
import { median } from './validation.ts'

const AT_ONCE = 1_000
/** As many as have a share of the lanes. */
const SOURCES = 64
const LIMIT_MS = 500

/** What everything else takes while a thousand passwords are sent at once, from many addresses: the slowest answer of any. */
export async function measureBesidePasswords(): Promise<Figure> {
  const data = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const [login, token] = await Promise.all([freePort(), freePort()])
  const ports = { LATCHKEY_LOGIN_PORT: String(login), LATCHKEY_TOKEN_PORT: String(token) }
  const environment = { ...process.env, ...ports, LATCHKEY_DATA: data, LATCHKEY_LOG_LEVEL: 'warn' }
  const config = readConfig(environment)
  const { apiKey } = await makePeople(config, 1)
  const server = await beside(join(import.meta.dirname, 'server', 'serve.ts'), environment)
  const elsewhere: (() => Promise<number>)[] = [
    () => ask({ port: login, path: '/forgotten-password' }),
    () => ask({ port: login, path: '/sign-in' }),
    () => ask({ port: login, path: '/oidc/jwks' }),
    () => ask({ port: token, path: '/' }),
    () => validate(login, apiKey),
  ]
  for (const one of elsewhere) await one()
  const done = { yes: false }
  const storm = Promise.all(Array.from({ length: AT_ONCE }, (_, n) => tryPassword(login, config.login.url, n))).finally(() => {
    done.yes = true
  })
  const times: number[] = []
  for (let turn = 0; !done.yes; turn += 1) {
    const from = performance.now()
    await elsewhere[turn % elsewhere.length]?.()
    times.push(performance.now() - from)
  }
  const judged = (await storm).filter((status) => status === 303).length
  server.child.disconnect()
  rmSync(data, { recursive: true, force: true })
  return figureOf(times, judged)
}

function figureOf(times: readonly number[], judged: number): Figure {
  const slowest = Math.max(...times)
  return {
    what: `beside ${AT_ONCE} passwords at once, the slowest answer`,
    figure: `${slowest.toFixed(0)} ms`,
    limit: `at most ${LIMIT_MS} ms`,
    holds: slowest <= LIMIT_MS && judged > 0,
    detail: `the median ${median(times).toFixed(1)} ms; ${times.length} answers beside ${judged} passwords judged and ${AT_ONCE - judged} told to come back`,
  }
}

const passwords = new Agent({ maxSockets: Number.POSITIVE_INFINITY })

function tryPassword(port: number, origin: string, n: number): Promise<number> {
  const headers = { origin, 'content-type': 'application/x-www-form-urlencoded' }
  const from = { agent: passwords, localAddress: `127.0.0.${2 + (n % SOURCES)}` }
  return ask({ ...from, port, method: 'POST', path: '/self-administration', headers }, `name=stranger${n}&password=wrong-whoever-it-is`)
}

function validate(port: number, apiKey: string): Promise<number> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` }
  return ask({ port, method: 'POST', path: '/api/v1/validate', headers }, JSON.stringify({ user: 'nobody', code: '000000' }))
}

/** The status of an answer that has come to its end. */
function ask(options: RequestOptions, body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const asked = request({ host: '127.0.0.1', agent: false, ...options, headers: { ...options.headers, ...length } }, (answered) => {
      answered.resume().on('end', () => resolve(answered.statusCode ?? 0))
    })
    asked.on('error', reject).end(body)
  })
}
