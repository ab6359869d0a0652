import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { securityCode, stepAt } from '@latchkey/protocol/otp/totp'
import { readConfig } from '@latchkey/server/config'
import type { Figure } from './run.ts'
import { load } from './server/load.ts'
import { makePeople, type Person } from './server/people.ts'
import { beside, freePort } from './server/process.ts'

const ROUNDS = 7
const A_ROUND = 5_000
/** Rounds before those that are counted: rates of both rise while their code is compiled. */
const WARM_ROUNDS = 3
const PEOPLE = (WARM_ROUNDS + ROUNDS) * A_ROUND
const LEAST = 0.35

/** Second-factor validation over HTTP, right codes of distinct people, each on disk before its answer; beside what bare `node:http` does with the same requests. */
export async function measureValidation(): Promise<Figure> {
  const data = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const environment = {
    ...process.env,
    LATCHKEY_DATA: data,
    LATCHKEY_LOGIN_PORT: String(await freePort()),
    LATCHKEY_TOKEN_PORT: String(await freePort()),
  }
  const config = readConfig(environment)
  const { people, apiKey } = await makePeople(config, PEOPLE)
  const echo = await beside(join(import.meta.dirname, 'server', 'echo.ts'), process.env)
  const server = await beside(join(import.meta.dirname, 'server', 'serve.ts'), environment)
  const headers = { authorization: `Bearer ${apiKey}` }
  const ratios: number[] = []
  const rates: number[] = []
  const p99: number[] = []
  let refused = 0
  for (let round = -WARM_ROUNDS; round < ROUNDS; round += 1) {
    const share = people.splice(0, A_ROUND)
    const bare = await load({ url: `http://127.0.0.1:${echo.said['port']}/`, headers, bodies: bodiesOf(share) })
    const mine = await load({ url: `http://127.0.0.1:${config.login.port}/api/v1/validate`, headers, bodies: bodiesOf(share) })
    refused += mine.other
    if (round < 0) continue
    ratios.push(mine.perSecond / bare.perSecond)
    rates.push(mine.perSecond)
    p99.push(mine.p99)
  }
  server.child.disconnect()
  echo.child.disconnect()
  rmSync(data, { recursive: true, force: true })
  const ratio = median(ratios)
  return {
    what: 'validation over HTTP / bare node:http',
    figure: ratio.toFixed(3),
    limit: `at least ${LEAST}`,
    holds: ratio >= LEAST && refused === 0,
    detail: `${median(rates).toFixed(0)} a second, p99 ${median(p99)} ms, ${refused} refused; ratios ${ratios.map((one) => one.toFixed(3)).join(' ')}`,
  }
}

function bodiesOf(people: readonly Person[]): string[] {
  const step = stepAt(Date.now())
  return people.map(({ name, otp }) => JSON.stringify({ user: name, code: securityCode(otp, step, 6) }))
}

/** The one in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
