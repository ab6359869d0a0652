import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Running } from './peer.ts'
import { folderOf, PEERS } from './place.ts'
import { run } from './processes.ts'
import { type Paced, summarise } from './schedule.ts'

const VEGETA = join(PEERS, 'vegeta', 'bin', 'vegeta')

/**
 * Sends each request once at a fixed rate, whether or not the ones before it were answered. Latency is counted from the moment that the
 * schedule names, so that a generator or a server that falls behind makes it longer.
 */
export async function pace(server: Running, requests: readonly string[], rate: number): Promise<Paced> {
  const folder = folderOf('load')
  const targets = join(folder, `${process.pid}-targets`)
  const results = join(folder, `${process.pid}-results`)
  const { addresses } = server
  // Each line ends with a break: one without it is not read.
  writeFileSync(targets, requests.map((request, number) => `${targetOf(request, addresses[number % addresses.length] ?? '')}\n`).join(''))
  const lasts = `${Math.floor((requests.length / rate) * 1000)}ms`
  await run(VEGETA, [
    'attack',
    '-format=json',
    `-targets=${targets}`,
    `-rate=${rate}`,
    `-duration=${lasts}`,
    '-timeout=60s',
    '-redirects=-1',
    `-output=${results}`,
  ])
  const csv = await run(VEGETA, ['encode', '-to=csv', results])
  for (const file of [targets, results]) rmSync(file, { force: true })
  return summarise(csv, rate, server.accepts)
}

/** A request in the form that `vegeta` reads. */
function targetOf(request: string, address: string): string {
  const [head = '', body = ''] = request.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const [method, path] = first.split(' ')
  const header = Object.fromEntries(
    lines
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const)
      .filter(([name]) => name !== 'content-length')
      .map(([name, value]) => [canonical(name), [value]]),
  )
  return JSON.stringify({ method, url: `${address}${path}`, header, body: Buffer.from(body).toString('base64') })
}

/** As Go spells the names of headers: it finds no others. */
function canonical(name: string): string {
  return name.replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase())
}
