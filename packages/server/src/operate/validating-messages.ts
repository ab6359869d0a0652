import type { Config } from '../config.ts'
import type { Caller } from '../context.ts'
import type { Turns } from '../db/turns.ts'
import type { TokenId } from '../ids.ts'
import type { Validated } from '../tokens/validate-code.ts'

/** What the thread is started with. */
export type ThreadStart = { config: Config; turns: Turns; level: Config['log']['level'] }
export type Ask = { id: number; by: Caller; user: string; code: string }
/** `error` where `validated` is undefined. */
export type Answer = { id: number; validated: Validated | undefined; error: string | undefined }

export const READY = 'ready'
export const STOP = 'stop'

type PlainAsk = [number, string, string, string, string | null, string | null, string | null]
type PlainAnswer = [number, Validated['outcome'] | null, string | number | null, number]

/** Between the two threads goes text: taking objects apart and putting them together again costs more than validating a code. */
export function writeAsks(asks: readonly Ask[]): string {
  return JSON.stringify(
    asks.map(({ id, by, user, code }): PlainAsk => [id, user, code, by.request, by.address ?? null, by.browser ?? null, by.actor ?? null]),
  )
}

export function readAsks(text: string): Ask[] {
  const plain: PlainAsk[] = JSON.parse(text)
  return plain.map(([id, user, code, request, address, browser, actor]) => ({
    id,
    user,
    code,
    by: { door: 'validate', request, address: address ?? undefined, browser: browser ?? undefined, actor: actor ?? undefined },
  }))
}

export function writeAnswers(answers: readonly Answer[]): string {
  return JSON.stringify(
    answers.map(({ id, validated, error }): PlainAnswer => {
      if (validated === undefined) return [id, null, error ?? '', 0]
      if (validated.outcome === 'accepted') return [id, validated.outcome, validated.token, validated.wrongSince]
      return [id, validated.outcome, validated.outcome === 'waiting' ? validated.until : null, 0]
    }),
  )
}

export function readAnswers(text: string): Answer[] {
  const plain: PlainAnswer[] = JSON.parse(text)
  return plain.map(([id, outcome, more, wrongSince]) => {
    if (outcome === null) return { id, validated: undefined, error: String(more) }
    return { id, validated: validatedOf(outcome, more, wrongSince), error: undefined }
  })
}

function validatedOf(outcome: Validated['outcome'], more: string | number | null, wrongSince: number): Validated {
  if (outcome === 'accepted') return { outcome, token: String(more) as TokenId, wrongSince }
  if (outcome === 'waiting') return { outcome, until: Number(more) }
  return { outcome }
}
