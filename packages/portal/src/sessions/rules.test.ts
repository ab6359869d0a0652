import { expect, test } from 'vitest'
import {
  CLOCK_TOLERANCE_SECONDS,
  type Demand,
  endOfSession,
  ONE_FACTOR,
  reaches,
  SESSION_LONGEST_MS,
  suffices,
  TWO_FACTORS,
} from './rules.ts'

const T = 1_935_000_000_000

test('one factor is never two', () => {
  expect(reaches(ONE_FACTOR, TWO_FACTORS)).toBe(false)
  expect([reaches(TWO_FACTORS, ONE_FACTOR), reaches(TWO_FACTORS, TWO_FACTORS), reaches(ONE_FACTOR, ONE_FACTOR)]).toEqual([true, true, true])
})

test('an authentication is good for its age and the tolerance, and not a millisecond longer', () => {
  const demand: Demand = { acr: TWO_FACTORS, maxAgeSeconds: 600 }
  const oldest = (600 + CLOCK_TOLERANCE_SECONDS) * 1000
  expect(suffices({ acr: TWO_FACTORS, authenticatedAt: T }, demand, T + oldest)).toBe(true)
  expect(suffices({ acr: TWO_FACTORS, authenticatedAt: T }, demand, T + oldest + 1)).toBe(false)
  expect(suffices({ acr: ONE_FACTOR, authenticatedAt: T }, demand, T)).toBe(false)
})

test('no session outlives its authentication, the clock or the session that it replaces', () => {
  expect(endOfSession(T, T)).toBe(T + SESSION_LONGEST_MS)
  expect(endOfSession(T - 1000, T)).toBe(T - 1000 + SESSION_LONGEST_MS)
  expect(endOfSession(T + 1000, T)).toBe(T + SESSION_LONGEST_MS)
  expect(endOfSession(T, T, T + 5)).toBe(T + 5)
})
