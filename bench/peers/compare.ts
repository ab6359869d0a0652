import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { betterAuth } from './better-auth/better-auth.ts'
import { Codes } from './codes.ts'
import { glewlwyd } from './glewlwyd/glewlwyd.ts'
import { keycloak } from './keycloak/keycloak.ts'
import { EMBEDDED, onPostgres } from './latchkey/latchkey.ts'
import { lemonldap } from './lemonldap/lemonldap.ts'
import { hashFor } from './limits/argon2id.ts'
import { ECHO } from './limits/echo.ts'
import { pgbenchFor, preparePgbench } from './limits/pgbench.ts'
import { type Options, readOptions } from './options.ts'
import type { Peer } from './peer.ts'
import { pictureOf } from './picture.ts'
import { besideThis, DEBIAN, folderOf, PEERS, readDatabases } from './place.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { privacyIdea } from './privacyidea/privacyidea.ts'
import { run } from './processes.ts'
import { Result } from './result.ts'
import { CONNECTIONS, type Entrant, enter, latency, round, warm } from './rounds.ts'
import { tableOf } from './table.ts'

/** Where a whole run is kept: its figures, the picture of the README, the table of docs/operate/speed.md. */
const DOCS = join(import.meta.dirname, '..', '..', 'docs')
const TABLE = /(?<=<!-- table -->\n)[\s\S]*(?=<!-- end of the table -->)/

/** Puts every server beside Latchkey on this machine, drives them in turn, and says and draws what was seen. */
export async function comparePeers(args: readonly string[]): Promise<void> {
  const options = readOptions(args)
  if (options.from !== undefined) return keep(Result.parse(JSON.parse(readFileSync(options.from, 'utf8'))))
  await run(besideThis('tools.sh'), [PEERS, DEBIAN], { shown: true })
  const postgres = await startPostgres()
  try {
    const result = begin(options, postgres)
    const peers = await install(chosen(options, postgres), result)
    await preparePgbench(postgres)
    for (const people of options.sizes) {
      await compare(peers, people, options, postgres, result)
      keep(result)
    }
    process.stdout.write(`\n${tableOf(result)}\n`)
  } finally {
    await postgres.stop()
  }
}

function chosen({ only }: Options, postgres: Postgres): Peer[] {
  const latchkeys = [EMBEDDED, onPostgres(postgres, 1), onPostgres(postgres, 2)]
  const others = [
    privacyIdea(postgres),
    privacyIdea(undefined),
    betterAuth(postgres),
    glewlwyd(postgres),
    lemonldap(postgres),
    keycloak(postgres),
  ]
  return [ECHO, ...latchkeys, ...others].filter(
    ({ name }) => only.length === 0 || only.some((part) => name.toLowerCase().includes(part.toLowerCase())),
  )
}

function begin({ quick, rounds, seconds }: Options, { version }: Postgres): Result {
  const machine = {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? '?',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: release(),
    node: process.version.slice(1),
    postgres: version.split(' ')[0] ?? version,
  }
  const load = { rounds, seconds, connections: CONNECTIONS }
  return {
    at: new Date().toISOString(),
    quick,
    machine,
    load,
    servers: [],
    notRun: [],
    measured: [],
    limits: { argon2id: [], pgbench: [] },
  }
}

/** Those that are there afterwards. */
async function install(peers: readonly Peer[], result: Result): Promise<Peer[]> {
  const there: Peer[] = []
  for (const peer of peers) {
    try {
      const [script = '', ...args] = peer.install ?? []
      if (peer.install !== undefined) await run(besideThis(script), args, { shown: true })
      result.servers.push({ name: peer.name, version: await peer.version(), what: peer.what })
      there.push(peer)
    } catch (error) {
      leaveOut(result, peer.name, error)
    }
  }
  return there
}

async function compare(peers: readonly Peer[], people: number, options: Options, postgres: Postgres, result: Result): Promise<void> {
  const entrants = await startAll(peers, people, options, result)
  for (let number = 0; number < options.rounds; number += 1) {
    say(`${people.toLocaleString('en')} tokens, round ${number + 1} of ${options.rounds}`)
    result.limits.pgbench.push(await pgbenchFor(postgres, options.seconds))
    result.limits.argon2id.push(await hashFor(options.seconds))
    // Each round begins with another one: none has always the same before it.
    for (const place of entrants.keys()) {
      const entrant = entrants[(place + number) % entrants.length]
      if (entrant !== undefined) await safely(result, entrant, (one) => round(one, options))
    }
  }
  for (const entrant of entrants) {
    if (entrant.peer.kinds === undefined) await safely(result, entrant, (one) => latency(one, options))
    await entrant.server.stop()
  }
  result.measured.push(
    ...entrants.map(({ measured }) => measured).filter((one) => one.right.perSecond.length + one.unknown.perSecond.length > 0),
  )
}

async function startAll(peers: readonly Peer[], people: number, options: Options, result: Result): Promise<Entrant[]> {
  const entrants: Entrant[] = []
  const codes = new Map<string, Codes>()
  for (const peer of peers) {
    say(`${people.toLocaleString('en')} tokens: starting ${peer.name}`)
    try {
      const population = peer.population ?? peer.name
      const left = codes.get(population) ?? new Codes(people, peer.algorithm)
      codes.set(population, left)
      entrants.push(enter(peer, await peer.start(people), people, left))
    } catch (error) {
      leaveOut(result, `${peer.name}, ${people.toLocaleString('en')} tokens`, error)
    }
  }
  const warmed: Entrant[] = []
  for (const entrant of entrants)
    await safely(result, entrant, async (one) => {
      await warm(one, options)
      warmed.push(one)
    })
  return warmed
}

/**
 * An entrant's turn, begun with all that the databases have in memory: meanwhile the system may have taken away what the others had no use for.
 * A server that breaks is left out, and said; the others go on.
 */
async function safely(result: Result, entrant: Entrant, work: (entrant: Entrant) => Promise<void>): Promise<void> {
  try {
    await readDatabases()
    await work(entrant)
  } catch (error) {
    leaveOut(result, `${entrant.peer.name}, ${entrant.measured.people.toLocaleString('en')} tokens`, error)
  }
}

function leaveOut(result: Result, name: string, error: unknown): void {
  const why = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)
  result.notRun.push({ name, why })
  say(`not run: ${name}: ${why}`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** A whole run goes into the documentation, a quick one beside the databases. */
function keep(result: Result): void {
  const folder = result.quick ? folderOf('result') : DOCS
  mkdirSync(join(folder, 'operate'), { recursive: true })
  writeFileSync(join(folder, 'operate', 'speed.json'), `${JSON.stringify(result, null, 1)}\n`)
  writeFileSync(join(folder, 'speed.svg'), pictureOf(result))
  say(`kept: ${join(folder, 'operate', 'speed.json')}, ${join(folder, 'speed.svg')}`)
  if (result.quick) return
  const page = join(DOCS, 'operate', 'speed.md')
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(TABLE, () => `\n${tableOf(result)}\n`),
  )
}
