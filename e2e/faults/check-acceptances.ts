import type { Violation } from './check-history.ts'
import type { Attempt, Records, Validation } from './history.ts'

type Accepted = { step: number; sentAt: number; endedAt: number; request: string }

/** Every step of every token is accepted once at most, in order, and is used up for good: by what clients saw, and by what the log says. */
export function checkAcceptances(byPerson: ReadonlyMap<string, readonly Attempt[]>, { people, validations }: Records): Violation[] {
  const rows = Map.groupBy(
    validations.filter(({ outcome }) => outcome === 'accepted'),
    ({ person }) => person,
  )
  return [...new Set([...byPerson.keys(), ...rows.keys()])].flatMap((person) => {
    const attempts = byPerson.get(person) ?? []
    const accepted = acceptedOf(attempts)
    const found = [...checkOnce(accepted), ...checkOrder(accepted), ...explain(rows.get(person) ?? [], attempts)]
    const highest = Math.max(-1, ...accepted.map(({ step }) => step))
    const lastStep = people.get(person)?.lastStep ?? -1
    if (lastStep < highest) found.push({ promise: 'last-step-behind', evidence: `step ${highest} was accepted, ${lastStep} is the last` })
    return found.map(({ promise, evidence }) => ({ promise, evidence: `${person}: ${evidence}` }))
  })
}

function acceptedOf(attempts: readonly Attempt[]): Accepted[] {
  return attempts
    .filter(({ outcome }) => outcome === 'accepted')
    .map(({ step, sentAt, endedAt, request }) => ({ step: step ?? -1, sentAt, endedAt, request: request ?? '' }))
}

function checkOnce(accepted: readonly Accepted[]): Violation[] {
  return [...Map.groupBy(accepted, ({ step }) => step)].flatMap(([step, times]): Violation[] => {
    if (step === -1) return [{ promise: 'acceptance-without-code', evidence: `a wrong code was accepted (${times[0]?.request})` }]
    if (times.length === 1) return []
    return [{ promise: 'accepted-twice', evidence: `step ${step}, by ${times.map(({ request }) => request).join(', ')}` }]
  })
}

/** What is sent after a step was answered as accepted is of a later step, if it is accepted. */
function checkOrder(accepted: readonly Accepted[]): Violation[] {
  const byEnd = accepted.toSorted((a, b) => a.endedAt - b.endedAt)
  const bySent = accepted.toSorted((a, b) => a.sentAt - b.sentAt)
  const violations: Violation[] = []
  let ended = 0
  let highest = -1
  for (const { step, sentAt, request } of bySent) {
    for (let next = byEnd[ended]; next !== undefined && next.endedAt < sentAt; next = byEnd[ended]) {
      highest = Math.max(highest, next.step)
      ended += 1
    }
    if (step < highest)
      violations.push({ promise: 'step-went-back', evidence: `step ${step} (${request}), after step ${highest} was answered` })
  }
  return violations
}

/**
 * The log's acceptances of a token, each of a later step than the one before: those that were answered, and between them no more than codes
 * whose answer was lost can explain. Taking the earliest step that can be meant leaves the most room for what follows.
 */
function explain(rows: readonly Validation[], attempts: readonly Attempt[]): Violation[] {
  const answered = new Map(attempts.flatMap(({ outcome, request, step }) => (outcome === 'accepted' ? [[request, step]] : [])))
  const lost = [...new Set(attempts.flatMap(({ outcome, step }) => (outcome === 'unknown' && step !== undefined ? [step] : [])))]
  lost.sort((a, b) => a - b)
  let last = -1
  for (const { request } of rows) {
    const step = answered.get(request) ?? lost.find((candidate) => candidate > last)
    if (step === undefined) return [{ promise: 'acceptance-without-code', evidence: `${request} was accepted, and no code explains it` }]
    if (step <= last) return [{ promise: 'accepted-twice', evidence: `${request} accepted step ${step} after step ${last} was` }]
    last = step
  }
  return []
}
