import type { Tally } from '../audit/tally.ts'
import type { Config } from '../config.ts'
import type { Caller } from '../context.ts'
import type { Turns } from '../db/turns.ts'
import type { KeySetId, TokenId } from '../ids.ts'
import type { Ask } from '../tokens/accept-at-once.ts'
import type { Taking } from '../tokens/ready-store.ts'
import type { Validated } from '../tokens/validate-code.ts'

/** What the thread is started with. */
export type ThreadStart = { config: Config; turns: Turns; level: Config['log']['level'] }

/** What is asked of the thread: to judge a code, to take steps for codes that were right, to seal the audit log. */
export type Wish = { id: number; judge: Ask } | { id: number; take: readonly Taking[]; at: number } | { id: number; seal: true }
export type Said =
  | { id: number; judged: Validated }
  | { id: number; taken: ReadonlySet<KeySetId> }
  | { id: number; sealed: readonly Tally[] }
  | { id: number; error: string }

export const READY = 'ready'
export const STOP = 'stop'

type PlainCaller = [string, string | null, string | null, string | null]
type PlainTaking = [PlainCaller, Taking['user'], TokenId, KeySetId, number, number, Taking['was']['lean'], number, Taking['was']['lean']]
type PlainWish = ['judge', number, PlainCaller, string, string] | ['take', number, number, PlainTaking[]] | ['seal', number]
type PlainSaid =
  | ['judged', number, Validated]
  | ['taken', number, KeySetId[]]
  | ['sealed', number, readonly Tally[]]
  | ['error', number, string]

/** Between the two threads goes text: taking objects apart and putting them together again costs more than validating a code. */
export function writeWishes(wishes: readonly Wish[]): string {
  return JSON.stringify(
    wishes.map((wish): PlainWish => {
      if ('take' in wish) return ['take', wish.id, wish.at, wish.take.map(plainTaking)]
      if ('seal' in wish) return ['seal', wish.id]
      return ['judge', wish.id, plainCaller(wish.judge.by), wish.judge.name, wish.judge.code]
    }),
  )
}

export function readWishes(text: string): Wish[] {
  const plain: PlainWish[] = JSON.parse(text)
  return plain.map((wish): Wish => {
    if (wish[0] === 'take') return { id: wish[1], at: wish[2], take: wish[3].map(takingOf) }
    if (wish[0] === 'seal') return { id: wish[1], seal: true }
    const [, id, by, name, code] = wish
    return { id, judge: { by: callerOf(by), name, code } }
  })
}

function plainTaking({ by, user, token, set, step, was, learnt }: Taking): PlainTaking {
  return [plainCaller(by), user, token, set, step, was.drift, was.lean, learnt.drift, learnt.lean]
}

function takingOf([by, user, token, set, step, drift, lean, newDrift, newLean]: PlainTaking): Taking {
  return { by: callerOf(by), user, token, set, step, was: { drift, lean }, learnt: { drift: newDrift, lean: newLean } }
}

function plainCaller({ request, address, browser, actor }: Caller): PlainCaller {
  return [request, address ?? null, browser ?? null, actor ?? null]
}

function callerOf([request, address, browser, actor]: PlainCaller): Caller {
  return { door: 'validate', request, address: address ?? undefined, browser: browser ?? undefined, actor: actor ?? undefined }
}

export function writeSaid(said: readonly Said[]): string {
  return JSON.stringify(
    said.map((one): PlainSaid => {
      if ('error' in one) return ['error', one.id, one.error]
      if ('taken' in one) return ['taken', one.id, [...one.taken]]
      if ('sealed' in one) return ['sealed', one.id, one.sealed]
      return ['judged', one.id, one.judged]
    }),
  )
}

export function readSaid(text: string): Said[] {
  const plain: PlainSaid[] = JSON.parse(text)
  return plain.map((one): Said => {
    if (one[0] === 'error') return { id: one[1], error: one[2] }
    if (one[0] === 'taken') return { id: one[1], taken: new Set(one[2]) }
    if (one[0] === 'sealed') return { id: one[1], sealed: one[2] }
    return { id: one[1], judged: one[2] }
  })
}
