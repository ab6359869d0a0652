import { availableParallelism } from 'node:os'
import ipaddr from 'ipaddr.js'

/** `known-browser`: one that the person has signed in with before. `source`: a share for each address, what is over goes to `rest`. */
export type Lane = 'known-browser' | 'source' | 'rest' | 'activation'

/** The lane is full. Answered 503; nothing was begun, and nothing is counted. */
export class Busy extends Error {}

type Job = () => void
type Line = 'known-browser' | 'activation' | 'rest'

/** Work that waits, in the order in which lanes are served. */
export type Lanes = {
  readonly atOnce: number
  running: number
  readonly lines: Readonly<Record<Line, Job[]>>
  /** By source; whoever was served goes to the end. */
  readonly shares: Map<string, Job[]>
}

const LONGEST: Readonly<Record<Line, number>> = { 'known-browser': 64, activation: 32, rest: 32 }
const LONGEST_SHARE = 4
const MOST_SHARES = 64

export function openLanes(atOnce: number): Lanes {
  return { atOnce, running: 0, lines: { 'known-browser': [], activation: [], rest: [] }, shares: new Map() }
}

/** A turn is more than the hash: while one is charged for on disk, the cores hash for others. The hashes themselves wait for a core (`on-core.ts`). */
const TURNS_A_CORE = 2
const PROCESS_LANES = openLanes(TURNS_A_CORE * availableParallelism())

/**
 * Runs work that takes a core and tens of mebibytes, such as Argon2id, when its turn comes: two for each core, so that no core waits for a disk.
 * What must count only if it is judged is charged inside `work`.
 * @param source the address that the request came from, if it is known
 * @throws Busy if the lane is full; `work` has not begun then
 */
export function inLane<T>(lane: Lane, source: string | undefined, work: () => Promise<T>): Promise<T> {
  return inLaneOf(PROCESS_LANES, lane, source, work)
}

/** Whether work would find a place in the lane now: asked before what is done for nothing if it would not. The place is not kept. */
export function hasRoom(lane: Lane, source: string | undefined): boolean {
  return hasRoomIn(PROCESS_LANES, lane, source)
}

/** The same in lanes of one's own. */
export function hasRoomIn(lanes: Lanes, lane: Lane, source: string | undefined): boolean {
  return lane === 'source' ? hasShare(lanes, source) || isOpen(lanes, 'rest') : isOpen(lanes, lane)
}

/** The same in lanes of one's own. */
export async function inLaneOf<T>(lanes: Lanes, lane: Lane, source: string | undefined, work: () => Promise<T>): Promise<T> {
  await takeTurn(lanes, lane, source)
  try {
    return await work()
  } finally {
    lanes.running -= 1
    startNext(lanes)
  }
}

/** Resolves when it is this one's turn, which `startNext` has counted then. */
function takeTurn(lanes: Lanes, lane: Lane, source: string | undefined): Promise<void> {
  const line = lineFor(lanes, lane, source)
  if (line === undefined) return Promise.reject(new Busy(`the lane ${lane} is full`))
  return new Promise((resolve) => {
    line.push(resolve)
    startNext(lanes)
  })
}

function lineFor(lanes: Lanes, lane: Lane, source: string | undefined): Job[] | undefined {
  if (lane !== 'source') return lineOf(lanes, lane)
  return shareOf(lanes, source) ?? lineOf(lanes, 'rest')
}

function lineOf(lanes: Lanes, name: Line): Job[] | undefined {
  return isOpen(lanes, name) ? lanes.lines[name] : undefined
}

function isOpen(lanes: Lanes, name: Line): boolean {
  return lanes.lines[name].length < LONGEST[name]
}

function shareOf(lanes: Lanes, source: string | undefined): Job[] | undefined {
  if (!hasShare(lanes, source)) return undefined
  const name = networkOf(source)
  const share = lanes.shares.get(name) ?? []
  lanes.shares.set(name, share)
  return share
}

function hasShare(lanes: Lanes, source: string | undefined): source is string {
  if (source === undefined) return false
  const share = lanes.shares.get(networkOf(source))
  return share === undefined ? lanes.shares.size < MOST_SHARES : share.length < LONGEST_SHARE
}

const IPV6_HOST_BYTES = 8

/** One customer has a whole /64 of IPv6: its first half is the source. */
function networkOf(source: string): string {
  if (!ipaddr.isValid(source)) return 'unknown'
  const address = ipaddr.process(source)
  return address.kind() === 'ipv4' ? address.toString() : Buffer.from(address.toByteArray().slice(0, IPV6_HOST_BYTES)).toString('hex')
}

function startNext(lanes: Lanes): void {
  if (lanes.running >= lanes.atOnce) return
  const job = lanes.lines['known-browser'].shift() ?? lanes.lines.activation.shift() ?? nextShare(lanes) ?? lanes.lines.rest.shift()
  if (job === undefined) return
  lanes.running += 1
  job()
}

function nextShare(lanes: Lanes): Job | undefined {
  const [first] = lanes.shares
  if (first === undefined) return undefined
  const [source, share] = first
  const job = share.shift()
  lanes.shares.delete(source)
  if (share.length > 0) lanes.shares.set(source, share)
  return job
}
