import type { Codes, Kind } from './codes.ts'
import { pace } from './open-loop.ts'
import type { Options } from './options.ts'
import type { Peer, Running } from './peer.ts'
import { type Measured, median } from './result.ts'
import { type Driven, drive } from './wrk.ts'

export const CONNECTIONS = 64
const FIRST = 64
/** As many as the smallest number of people has. */
const BURST = 1_000
/** Requests of one run, at most: they are all in memory. */
const MOST = 200_000
/** Of the greatest rate, at which latency is measured, and for so many times as long as a run: of the slowest hundredth there should be many. */
const SHARE = 0.5
const PACED_RUNS = 3
const KINDS: readonly Kind[] = ['right', 'wrong', 'unknown']

/** A server that is under load, and what was found of it so far. */
export type Entrant = { peer: Peer; server: Running; codes: Codes; expected: Record<Kind, number>; measured: Measured }

export function enter(peer: Peer, server: Running, people: number, codes: Codes): Entrant {
  const rates = () => ({ perSecond: [], p99: [], amiss: 0 })
  const measured = {
    name: peer.name,
    people,
    right: rates(),
    burst: rates(),
    wrong: rates(),
    unknown: rates(),
    paced: null,
    bytes: server.bytes ?? null,
  }
  return { peer, server, codes, expected: { right: 0, wrong: 0, unknown: 0 }, measured }
}

/** Warms a server, and learns how many requests it answers in a second. */
export async function warm(entrant: Entrant, { warmSeconds }: Options): Promise<void> {
  const from = performance.now()
  let count = FIRST
  while (performance.now() - from < warmSeconds * 1000) {
    entrant.expected.unknown = (await send(entrant, 'unknown', count)).perSecond
    count = Math.min(MOST, count * 2)
  }
  for (const kind of entrant.peer.kinds ?? KINDS) {
    entrant.expected[kind] = (await send(entrant, kind, FIRST)).perSecond
    entrant.expected[kind] = (await send(entrant, kind, Math.ceil(entrant.expected[kind] * (warmSeconds / 2)))).perSecond
  }
}

/** One run of each kind. */
export async function round(entrant: Entrant, { seconds }: Options): Promise<void> {
  for (const kind of entrant.peer.kinds ?? KINDS) {
    const sent = await send(entrant, kind, Math.ceil(entrant.expected[kind] * seconds))
    entrant.expected[kind] = sent.perSecond
    note(entrant, kind, sent, kind === 'right' || entrant.peer.kinds !== undefined)
    // A run of a slow server is no longer than a burst.
    if (kind === 'right') note(entrant, 'burst', sent.answered > BURST ? await send(entrant, 'right', BURST) : sent, true)
  }
}

function note({ measured }: Entrant, kind: Kind | 'burst', { perSecond, answered, accepted, p99, errors }: Driven, good: boolean): void {
  const found = measured[kind]
  found.perSecond.push(perSecond)
  found.p99.push(p99)
  found.amiss += errors + (good ? answered - accepted : accepted)
}

async function send({ server, codes }: Entrant, kind: Kind, count: number) {
  const taken = await codes.take(kind, Math.max(FIRST, Math.min(MOST, count)))
  return drive(server, await server.requests(taken), CONNECTIONS)
}

/** Latency at half of the greatest rate, where there are people enough for right codes at that rate. */
export async function latency({ server, codes, measured }: Entrant, { seconds }: Options): Promise<void> {
  if (measured.right.perSecond.length === 0) return
  const rate = Math.max(1, Math.floor(median(measured.right.perSecond) * SHARE))
  const count = Math.ceil(rate * seconds * PACED_RUNS)
  if (count > measured.people) return
  measured.paced = await pace(server, await server.requests(await codes.take('right', count)), rate)
}
