import { mkdtempSync, rmSync } from 'node:fs'
import { type RequestOptions, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@latchkey/server/config'
import type { Figure } from './run.ts'
import { makePeople } from './server/people.ts'
import { beside, freePort, nextMessage } from './server/process.ts'
import { median } from './validation.ts'

const LIMIT_MS = 500

/**
 * What everything else takes while a thousand passwords are sent at once, from many addresses: the slowest answer of any. The server, those who
 * send the passwords, and the one who measures are a process each, so that no one's work is taken for another's.
 */
export async function measureBesidePasswords(): Promise<Figure> {
  const data = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const [login, token] = await Promise.all([freePort(), freePort()])
  const ports = { LATCHKEY_LOGIN_PORT: String(login), LATCHKEY_TOKEN_PORT: String(token) }
  const environment = { ...process.env, ...ports, LATCHKEY_DATA: data, LATCHKEY_LOG_LEVEL: 'warn' }
  const config = readConfig(environment)
  const { apiKey } = await makePeople(config, 1)
  const server = await beside(fileOf('serve.ts'), environment)
  const crowd = await beside(fileOf('password-storm.ts'), { ...environment, STORM_ORIGIN: config.login.url })
  const elsewhere: (() => Promise<number>)[] = [
    () => ask({ port: login, path: '/forgotten-password' }),
    () => ask({ port: login, path: '/sign-in' }),
    () => ask({ port: login, path: '/oidc/jwks' }),
    () => ask({ port: token, path: '/' }),
    () => validate(login, apiKey),
  ]
  for (const one of elsewhere) await one()
  const done = { yes: false }
  const storm = nextMessage(crowd.child).finally(() => {
    done.yes = true
  })
  crowd.child.send('go')
  const times: number[] = []
  for (let turn = 0; !done.yes; turn += 1) {
    const from = performance.now()
    await elsewhere[turn % elsewhere.length]?.()
    times.push(performance.now() - from)
  }
  const { sent, judged, refused } = await storm
  for (const { child } of [crowd, server]) child.disconnect()
  rmSync(data, { recursive: true, force: true })
  return figureOf(times, { sent: Number(sent), judged: Number(judged), refused: Number(refused) })
}

function fileOf(name: string): string {
  return join(import.meta.dirname, 'server', name)
}

type Storm = { sent: number; judged: number; refused: number }

function figureOf(times: readonly number[], { sent, judged, refused }: Storm): Figure {
  const slowest = Math.max(...times)
  return {
    what: `beside ${sent} passwords at once, the slowest answer`,
    figure: `${slowest.toFixed(0)} ms`,
    limit: `at most ${LIMIT_MS} ms`,
    holds: slowest <= LIMIT_MS && judged > 0 && judged + refused === sent,
    detail: `the median ${median(times).toFixed(1)} ms; ${times.length} answers beside ${judged} passwords judged and ${refused} told to come back`,
  }
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
