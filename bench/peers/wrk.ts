import { spawn } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Running } from './peer.ts'
import { besideThis, DEBIAN, folderOf } from './place.ts'

const CONNECTIONS = 64
/** Requests of each connection at the start of a run that are sent and not counted: connections open meanwhile. */
const LEAD = 2
/** A run with fewer requests counts them all: it is a slow server's, where opening connections takes no part of the time. */
const SHORT = 1_000
const LONGEST_S = 120

const Result = z.object({
  answered: z.number(),
  accepted: z.number(),
  seconds: z.number(),
  p50: z.number(),
  p99: z.number(),
  errors: z.number(),
})
export type Driven = { perSecond: number; answered: number; accepted: number; p50: number; p99: number; errors: number }

/** `wrk` of Debian: the system's, or the one that `debian.sh` unpacked. */
const WRK = existsSync('/usr/bin/wrk') ? '/usr/bin/wrk' : join(DEBIAN, 'usr/bin/wrk')

/** Sends each request once, closed loop, with `wrk`: one thread an address, connections shared between the addresses. */
export async function drive(server: Running, requests: readonly string[], connections = CONNECTIONS): Promise<Driven> {
  const { addresses } = server
  const shares = addresses.map((_, place) => requests.filter((_, number) => number % addresses.length === place))
  const each = connections / addresses.length
  const results = await Promise.all(addresses.map((address, place) => wrk(server, address, shares[place] ?? [], each)))
  const sum = (field: 'answered' | 'accepted' | 'errors'): number => results.reduce((total, result) => total + result[field], 0)
  return {
    perSecond: results.reduce((total, { answered, seconds }) => total + answered / seconds, 0),
    answered: sum('answered'),
    accepted: sum('accepted'),
    p50: Math.max(...results.map(({ p50 }) => p50)),
    p99: Math.max(...results.map(({ p99 }) => p99)),
    errors: sum('errors'),
  }
}

let files = 0

function wrk({ accepts }: Running, address: string, requests: readonly string[], connections: number): Promise<z.infer<typeof Result>> {
  files += 1
  const file = join(folderOf('load'), `${process.pid}-${files}`)
  writeFileSync(file, requests.map((request) => `${Buffer.byteLength(request)}\n${request}`).join(''))
  const lead = requests.length < SHORT ? 0 : connections * LEAD
  const told = [file, String(lead), String(accepts.status), accepts.text ?? '-']
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${LONGEST_S}`,
    '--timeout',
    '60s',
    '--latency',
    '-s',
    besideThis('send.lua'),
    address,
    '--',
    ...told,
  ]
  return new Promise((resolve, reject) => {
    const child = spawn(WRK, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (part: Buffer) => {
      said += part
      if (said.includes('DONE')) child.kill('SIGINT')
    })
    child.on('error', reject)
    child.on('close', () => {
      rmSync(file, { force: true })
      const line = /RESULT (?<result>\{.*\})/.exec(said)?.groups?.['result']
      if (line === undefined) reject(new Error(`wrk said: ${said.slice(-400)}`))
      else resolve(Result.parse(JSON.parse(line)))
    })
  })
}
