import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Running } from './peer.ts'
import { folderOf, PEERS } from './place.ts'
import { run } from './processes.ts'

const NS = 1e9
const VEGETA = join(PEERS, 'vegeta', 'bin', 'vegeta')

export type Paced = { rate: number; p50: number; p99: number; accepted: number; answered: number }

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

/** Columns of `vegeta encode -to=csv`: when (ns), status, latency (ns), bytes out, bytes in, error, body, name, number, method, URL, headers. */
function summarise(csv: string, rate: number, { status, text }: Running['accepts']): Paced {
  const rows = csv
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  const sent = rows.map(([at, code, latency, , , , body, , number]) => ({
    due: (Number(number) / rate) * NS,
    at: Number(at),
    until: Number(at) + Number(latency),
    good: isGood(Number(code), body ?? '', status, text),
  }))
  const from = sent.reduce((least, { at, due }) => Math.min(least, at - due), Number.POSITIVE_INFINITY)
  const took = sent.map(({ until, due }) => (until - from - due) / 1e6).sort((a, b) => a - b)
  const at = (share: number): number => took[Math.min(took.length - 1, Math.ceil(took.length * share) - 1)] ?? 0
  return { rate, p50: at(0.5), p99: at(0.99), accepted: sent.filter(({ good }) => good).length, answered: sent.length }
}

function isGood(code: number, body: string, status: number, text: string | undefined): boolean {
  if (status !== 0 && code !== status) return false
  return text === undefined || text.startsWith('header:') || Buffer.from(body, 'base64').includes(text)
}
