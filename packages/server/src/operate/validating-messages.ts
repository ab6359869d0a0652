import type { Tally } from '../audit/tally.ts'
import type { Config } from '../config.ts'
import type { Caller } from '../context.ts'
import type { Turns } from '../db/turns.ts'
import type { TokenId } from '../ids.ts'
import type { Accepted, Ask, Read } from '../tokens/accept-at-once.ts'
import type { Validated } from '../tokens/validate-code.ts'

/** What the thread is started with. */
export type ThreadStart = { config: Config; turns: Turns; level: Config['log']['level'] }

/** What is asked of the thread: to accept codes on what was read, to charge for one and judge it, to seal the audit log. */
export type Wish = { id: number; reads: readonly Read[]; at: number } | { id: number; judge: Ask } | { id: number; seal: true }
export type Said =
  | { id: number; accepted: readonly (Accepted | undefined)[] }
  | { id: number; judged: Validated }
  | { id: number; sealed: readonly Tally[] }
  | { id: number; error: string }

export const READY = 'ready'
export const STOP = 'stop'

type ReadRow = Read['rows'][number]
type PlainAsk = [string, string, string, string | null, string | null, string | null]
type PlainRow = [
  ReadRow['user_id'],
  number,
  ReadRow['set_id'],
  ReadRow['set_state'],
  number,
  string,
  number | null,
  TokenId,
  ReadRow['digits'],
  number,
  ReadRow['lean'],
  string | null,
]
type PlainWish = ['accept', number, number, [PlainAsk, PlainRow[]][]] | ['judge', number, PlainAsk] | ['seal', number]
type PlainSaid =
  | ['accepted', number, ([TokenId, number] | null)[]]
  | ['judged', number, Validated]
  | ['sealed', number, readonly Tally[]]
  | ['error', number, string]

/** Between the two threads goes text: taking objects apart and putting them together again costs more than validating a code. */
export function writeWishes(wishes: readonly Wish[]): string {
  return JSON.stringify(
    wishes.map((wish): PlainWish => {
      if ('reads' in wish) return ['accept', wish.id, wish.at, wish.reads.map(({ ask, rows }) => [plainAsk(ask), rows.map(plainRow)])]
      if ('seal' in wish) return ['seal', wish.id]
      return ['judge', wish.id, plainAsk(wish.judge)]
    }),
  )
}

export function readWishes(text: string): Wish[] {
  const plain: PlainWish[] = JSON.parse(text)
  return plain.map((wish): Wish => {
    if (wish[0] === 'judge') return { id: wish[1], judge: askOf(wish[2]) }
    if (wish[0] === 'seal') return { id: wish[1], seal: true }
    return { id: wish[1], at: wish[2], reads: wish[3].map(([ask, rows]) => ({ ask: askOf(ask), rows: rows.map(rowOf) })) }
  })
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

/** The keys stay sealed. */
function plainRow(row: ReadRow): PlainRow {
  const { user_id, wrong_since_success, set_id, set_state, number, sealed_keys, last_step, token_id, digits, drift, lean, restored_step } =
    row
  const sealed = Buffer.from(sealed_keys.buffer, sealed_keys.byteOffset, sealed_keys.byteLength).toString('base64')
  return [user_id, wrong_since_success, set_id, set_state, number, sealed, last_step, token_id, digits, drift, lean, restored_step]
}

function rowOf([user, wrongSince, set, state, number, sealed, lastStep, token, digits, drift, lean, restored]: PlainRow): ReadRow {
  return {
    user_id: user,
    wrong_since_success: wrongSince,
    set_id: set,
    set_state: state,
    number,
    sealed_keys: Buffer.from(sealed, 'base64'),
    last_step: lastStep,
    token_id: token,
    digits,
    drift,
    lean,
    restored_step: restored,
  }
}

export function writeSaid(said: readonly Said[]): string {
  return JSON.stringify(
    said.map((one): PlainSaid => {
      if ('error' in one) return ['error', one.id, one.error]
      if ('sealed' in one) return ['sealed', one.id, one.sealed]
      if ('judged' in one) return ['judged', one.id, one.judged]
      return ['accepted', one.id, one.accepted.map((accepted) => (accepted === undefined ? null : [accepted.token, accepted.wrongSince]))]
    }),
  )
}

export function readSaid(text: string): Said[] {
  const plain: PlainSaid[] = JSON.parse(text)
  return plain.map((one): Said => {
    if (one[0] === 'error') return { id: one[1], error: one[2] }
    if (one[0] === 'sealed') return { id: one[1], sealed: one[2] }
    if (one[0] === 'judged') return { id: one[1], judged: one[2] }
    return { id: one[1], accepted: one[2].map((accepted) => acceptedOf(accepted)) }
  })
}

function acceptedOf(accepted: [TokenId, number] | null): Accepted | undefined {
  return accepted === null ? undefined : { outcome: 'accepted', token: accepted[0], wrongSince: accepted[1] }
}
