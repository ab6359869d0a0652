import { expect, test } from 'vitest'
import { advance, stateOf } from './flow.ts'

test.each([
  ['confirm', 'proof-right', 'open'],
  ['confirm', 'over', 'ended'],
  ['open', 'proof-right', 'out-of-order'],
  ['open', 'over', 'ended'],
  ['ended', 'proof-right', 'out-of-order'],
  ['ended', 'over', 'out-of-order'],
] as const)('%s, %s: %s', (state, event, expected) => {
  expect(advance(state, event)).toBe(expected)
})

test('no session is an ended one; one without a proof has still to confirm', () => {
  expect([stateOf(undefined), stateOf({ proof: undefined }), stateOf({ proof: 'security-code' })]).toEqual(['ended', 'confirm', 'open'])
})
