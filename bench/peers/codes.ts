import { createHash, createHmac } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'

const STEP_MS = 30_000
/** What most runs take. */
const A_RUN_MS = 6_000
const MILLION = 1_000_000
/** Wrong codes are wrong in every step that any server could look at. */
const FAR = 7
/** People are asked for all over the database, not in the order in which they were put in. */
const STRIDE = 7_919

/** A code handed in for somebody. */
export type Code = { name: string; code: string }
export type Kind = 'right' | 'wrong' | 'unknown'

/** The seed of a person, the same for every server: twenty characters of ASCII, which each takes in its own form. */
function seedOf(person: number): Buffer {
  return Buffer.from(createHash('sha256').update(`person-${person}`).digest('hex').slice(0, 20), 'ascii')
}

/** Latchkey's keys have 32 bytes. */
export function keyOf(person: number): Buffer {
  return createHash('sha256').update(`key-${person}`).digest()
}

function codeAt(seed: Uint8Array, step: number, algorithm: 'sha1' | 'sha256'): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac(algorithm, seed).update(counter).digest()
  const offset = digest.readUInt8(digest.length - 1) & 0xf
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % MILLION).padStart(6, '0')
}

/** The machine's clock, or a test's. Milliseconds since 1970. */
export type Clock = { now: () => number; sleep: (ms: number) => Promise<unknown> }
const MACHINE: Clock = { now: Date.now, sleep: setTimeout }

/** Which codes of so many people were not used yet. A code is good once: each person has one a step. */
export class Codes {
  readonly #people: number
  readonly #algorithm: 'sha1' | 'sha256'
  readonly #clock: Clock
  readonly #lastStep: Int32Array
  readonly #next: Record<Kind, number> = { right: 0, wrong: 0, unknown: 0 }

  constructor(people: number, algorithm: 'sha1' | 'sha256', clock: Clock = MACHINE) {
    this.#people = people
    this.#clock = clock
    this.#algorithm = algorithm
    this.#lastStep = new Int32Array(people)
  }

  /** So many codes, or as many as there are people. Right ones of people who have none left in this step wait for the next. */
  async take(kind: Kind, wanted: number): Promise<readonly Code[]> {
    const count = kind === 'unknown' ? wanted : Math.min(wanted, this.#people)
    if (kind !== 'right') return Array.from({ length: count }, () => this.#not(kind))
    return this.#right(count)
  }

  async #right(count: number): Promise<readonly Code[]> {
    const people = Array.from({ length: count }, () => this.#person('right'))
    const last = people.reduce((latest, person) => Math.max(latest, this.#lastStep[person] ?? 0), 0)
    await untilIn(this.#clock, last + 1)
    const step = Math.floor(this.#clock.now() / STEP_MS)
    return people.map((person) => {
      this.#lastStep[person] = step
      return { name: `person-${person}`, code: codeAt(this.#secret(person), step, this.#algorithm) }
    })
  }

  #not(kind: 'wrong' | 'unknown'): Code {
    const person = this.#person(kind)
    if (kind === 'unknown') return { name: `nobody-${person}`, code: '123456' }
    const step = Math.floor(this.#clock.now() / STEP_MS)
    const right = new Set<string>()
    for (let at = step - FAR; at <= step + FAR; at += 1) right.add(codeAt(this.#secret(person), at, this.#algorithm))
    let wrong = Number(codeAt(this.#secret(person), step, this.#algorithm))
    while (right.has(String(wrong).padStart(6, '0'))) wrong = (wrong + 1) % MILLION
    return { name: `person-${person}`, code: String(wrong).padStart(6, '0') }
  }

  #person(kind: Kind): number {
    const person = (this.#next[kind] * STRIDE) % this.#people
    this.#next[kind] += 1
    return person
  }

  #secret(person: number): Buffer {
    return this.#algorithm === 'sha256' ? keyOf(person) : seedOf(person)
  }
}

/** Until a step from this one on, with time left in it: a run should not reach into the next. */
async function untilIn({ now: read, sleep }: Clock, step: number): Promise<void> {
  const now = read()
  const at = Math.floor(now / STEP_MS)
  if (at >= step && STEP_MS - (now % STEP_MS) > A_RUN_MS) return
  await sleep(Math.max(at + 1, step) * STEP_MS - now + 50)
}
