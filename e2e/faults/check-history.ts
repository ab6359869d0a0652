import { checkAcceptances } from './check-acceptances.ts'
import { checkCounts } from './check-counts.ts'
import type { Attempt, Change, History, Records } from './history.ts'

/** A promise that was broken, and the evidence. */
export type Violation = {
  promise:
    | 'accepted-twice'
    | 'step-went-back'
    | 'acceptance-without-code'
    | 'answer-lost'
    | 'answer-differs'
    | 'recorded-twice'
    | 'last-step-behind'
    | 'count-differs'
    | 'change-lost'
    | 'accepted-though-suspended'
    | 'chain-broken'
  evidence: string
}

/**
 * Holds what clients saw against what the database says, after whatever happened in between. Proves, for each token, that every step was
 * accepted at most once, and that every answer and every change that was acknowledged is still there.
 */
export function checkHistory(history: History, records: Records): Violation[] {
  const byPerson = Map.groupBy(history.attempts, ({ person }) => person)
  return [
    ...checkAcceptances(byPerson, records),
    ...checkAnswers(history.attempts, records),
    ...checkCounts(records),
    ...checkChanges(history.changes, byPerson, records),
    ...(records.chain.whole ? [] : [{ promise: 'chain-broken' as const, evidence: `the audit chain: ${records.chain.flaw}` }]),
  ]
}

/** Every answer stands in the audit log, once, and says there what its client was told. */
function checkAnswers(attempts: readonly Attempt[], { validations }: Records): Violation[] {
  const rows = Map.groupBy(validations, ({ request }) => request)
  const violations: Violation[] = []
  for (const [request, { length }] of rows) {
    if (length > 1) violations.push({ promise: 'recorded-twice', evidence: `${request} stands in the audit log ${length} times` })
  }
  for (const attempt of attempts) {
    if (attempt.outcome === 'unknown') continue
    const [row] = rows.get(attempt.request ?? '') ?? []
    if (row === undefined) violations.push({ promise: 'answer-lost', evidence: tell(attempt) })
    else if ((row.outcome === 'accepted') !== (attempt.outcome === 'accepted') || row.person !== attempt.person)
      violations.push({ promise: 'answer-differs', evidence: `${tell(attempt)}; the log says ${row.outcome}, ${row.person}` })
  }
  return violations
}

function checkChanges(changes: readonly Change[], byPerson: ReadonlyMap<string, readonly Attempt[]>, records: Records): Violation[] {
  return changes.flatMap((change): Violation[] => {
    if (change.kind === 'checkpoint') return []
    if (change.kind === 'suspended') {
      const after = (byPerson.get(change.person) ?? []).filter(({ outcome, sentAt }) => outcome === 'accepted' && sentAt > change.at)
      const accepted = after.map((attempt): Violation => ({ promise: 'accepted-though-suspended', evidence: tell(attempt) }))
      if (records.people.get(change.person)?.suspended === true) return accepted
      return [...accepted, { promise: 'change-lost', evidence: `${change.person} was suspended, and is not` }]
    }
    const key = records.apiKeys.get(change.id)
    if (key !== undefined && (change.kind === 'key-made' || key.ended)) return []
    return [{ promise: 'change-lost', evidence: `${change.kind} ${change.id}, at ${change.at}` }]
  })
}

function tell({ person, step, outcome, request, sentAt, endedAt }: Attempt): string {
  return `${person}, step ${step ?? 'none'}: ${outcome} (${request ?? 'no answer'}, ${sentAt.toFixed(1)} to ${endedAt.toFixed(1)})`
}
