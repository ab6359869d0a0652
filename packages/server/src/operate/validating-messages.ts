import type { Tally } from '../audit/tally.ts'
import type { Config } from '../config.ts'
import type { Caller } from '../context.ts'
import type { Turns } from '../db/turns.ts'
import type { TokenId } from '../ids.ts'
import type { Ask } from '../tokens/accept-at-once.ts'
import type { Validated } from '../tokens/validate-code.ts'

/** What the thread is started with. */
export type ThreadStart = { config: Config; turns: Turns; level: Config['log']['level'] }

/** What is asked of the thread: to validate a code, or to seal the audit log. */
export type Wish = { id: number; validate: Ask } | { id: number; seal: true }
export type Said = { id: number; validated: Validated } | { id: number; sealed: readonly Tally[] } | { id: number; error: string }

export const READY = 'ready'
export const STOP = 'stop'

type PlainAsk = [string, string, string, string | null, string | null, string | null]
type PlainWish = ['validate', number, PlainAsk] | ['seal', number]
type PlainSaid =
  | ['accepted', number, TokenId, number]
  | ['validated', number, Validated]
  | ['sealed', number, readonly Tally[]]
  | ['error', number, string]

/** Between the two threads goes text: taking objects apart and putting them together again costs more than reading and writing it. */
export function writeWishes(wishes: readonly Wish[]): string {
  return JSON.stringify(
    wishes.map((wish): PlainWish => ('seal' in wish ? ['seal', wish.id] : ['validate', wish.id, plainAsk(wish.validate)])),
  )
}

export function readWishes(text: string): Wish[] {
  const plain: PlainWish[] = JSON.parse(text)
  return plain.map((wish): Wish => (wish[0] === 'seal' ? { id: wish[1], seal: true } : { id: wish[1], validate: askOf(wish[2]) }))
}

function plainAsk({ name, code, by: { request, address, browser, actor } }: Ask): PlainAsk {
  return [name, code, request, address ?? null, browser ?? null, actor ?? null]
}

function askOf([name, code, request, address, browser, actor]: PlainAsk): Ask {
  const by: Caller = {
    door: 'validate',
    request,
    address: address ?? undefined,
    browser: browser ?? undefined,
    actor: actor ?? undefined,
  }
  return { by, name, code }
}

export function writeSaid(said: readonly Said[]): string {
  return JSON.stringify(
    said.map((one): PlainSaid => {
      if ('error' in one) return ['error', one.id, one.error]
      if ('sealed' in one) return ['sealed', one.id, one.sealed]
      const { id, validated } = one
      return validated.outcome === 'accepted' ? ['accepted', id, validated.token, validated.wrongSince] : ['validated', id, validated]
    }),
  )
}

export function readSaid(text: string): Said[] {
  const plain: PlainSaid[] = JSON.parse(text)
  return plain.map((one): Said => {
    if (one[0] === 'error') return { id: one[1], error: one[2] }
    if (one[0] === 'sealed') return { id: one[1], sealed: one[2] }
    if (one[0] === 'validated') return { id: one[1], validated: one[2] }
    return { id: one[1], validated: { outcome: 'accepted', token: one[2], wrongSince: one[3] } }
  })
}
