import type { Violation } from './check-history.ts'
import type { PersonRecord, Records, Validation } from './history.ts'

/** What the log calls a code that was charged and not right. */
const CHARGED = new Set(['wrong-code', 'old-copy', 'no-token', 'out-of-service'])

/** Counts are changed in the transaction that records the refusal: every refusal that the log has is counted, and no other. */
export function checkCounts({ people, validations }: Records): Violation[] {
  const rows = Map.groupBy(validations, ({ person }) => person)
  return [...people].flatMap(([person, record]) => {
    const expected = countsOf(rows.get(person) ?? [])
    return (Object.keys(expected) as (keyof Counts)[])
      .filter((name) => record[name] !== expected[name])
      .map((name): Violation => {
        const evidence = `${person}: ${name} is ${record[name]}, the log has ${expected[name]}`
        return { promise: 'count-differs', evidence }
      })
  })
}

type Counts = Pick<PersonRecord, 'doorFailures' | 'tokenAttempts' | 'wrongCodes' | 'wrongSinceSuccess'>

function countsOf(rows: readonly Validation[]): Counts {
  let inARow = 0
  let all = 0
  for (const { outcome } of rows) {
    if (outcome === 'accepted') inARow = 0
    if (!CHARGED.has(outcome)) continue
    inARow += 1
    all += 1
  }
  return { doorFailures: inARow, tokenAttempts: inARow, wrongCodes: all, wrongSinceSuccess: all }
}
